// The item in the status bar: healthy, busy, stopped.
import * as vscode from 'vscode';
import type { ServerStatus } from '../../server/src/protocol/index.ts';

/** A round of diagnostics shorter than this does not make the item spin. */
const BUSY_AFTER_MILLISECONDS = 400;

export type StatusState = ServerStatus['state'] | 'starting' | 'stopped';

export class StatusItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem(
    'podsage.status',
    vscode.StatusBarAlignment.Right,
    90,
  );
  #state: StatusState = 'starting';
  #busy: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#item.name = 'Podsage';
    this.#draw('starting', undefined);
    this.#item.show();
  }

  get state(): StatusState {
    return this.#state;
  }

  set(state: StatusState, note?: string): void {
    clearTimeout(this.#busy);
    this.#state = state;
    if (state === 'busy') {
      this.#busy = setTimeout(() => this.#draw(state, note), BUSY_AFTER_MILLISECONDS);
    } else {
      this.#draw(state, note);
    }
  }

  dispose(): void {
    clearTimeout(this.#busy);
    this.#item.dispose();
  }

  #draw(state: StatusState, note: string | undefined): void {
    const { icon, words, command } = LOOKS[state];
    this.#item.text = `$(${icon}) Podsage`;
    this.#item.accessibilityInformation = { label: `Podsage: ${words}` };
    this.#item.tooltip = note === undefined ? `Podsage: ${words}` : `Podsage: ${words}\n\n${note}`;
    this.#item.command = command;
    this.#item.backgroundColor =
      state === 'stopped' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  }
}

const LOOKS: Readonly<Record<StatusState, { icon: string; words: string; command: string }>> = {
  starting: { icon: 'loading~spin', words: 'starting', command: 'podsage.showOutput' },
  healthy: { icon: 'pass', words: 'up to date. Explain the pod.', command: 'podsage.explainPod' },
  busy: { icon: 'loading~spin', words: 'working', command: 'podsage.showOutput' },
  stopped: {
    icon: 'error',
    words: 'the server has stopped. Restart it.',
    command: 'podsage.restartServer',
  },
};
