// All open panels: at most one that follows the cursor, and any number of pinned ones.
import * as vscode from 'vscode';
import type {
  Moment,
  PanelState,
  Section,
  WorkloadParams,
} from '../../server/src/protocol/index.ts';
import type { EditorTracker } from './editor-tracker.ts';
import type { ServerConnection } from './language-client.ts';
import { PredictionPanel } from './prediction-panel.ts';
import { readSettings } from './settings.ts';

const VIEW_TYPE = 'podsage.prediction';
const FOLLOW_MILLISECONDS = 150;

export interface PanelsHost {
  readonly extensionUri: vscode.Uri;
  readonly server: ServerConnection;
  readonly editors: EditorTracker;
}

/** What a test may ask of a panel. */
export interface PanelReport {
  readonly title: string;
  readonly ready: boolean;
  readonly pinned: boolean;
  readonly section: Section;
  readonly subject: string | undefined;
}

export class PredictionPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #host: PanelsHost;
  readonly #panels = new Set<PredictionPanel>();
  readonly #disposables: vscode.Disposable[];
  #following: ReturnType<typeof setTimeout> | undefined;

  constructor(host: PanelsHost) {
    this.#host = host;
    this.#disposables = [
      host.server.onPredictionChanged(() => this.#refreshAll()),
      host.server.onStatus(({ state }) => {
        if (state === 'healthy' || state === 'stopped') this.#refreshAll();
      }),
      host.editors.onCursor((cursor) => this.#follow(cursor)),
      vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this),
    ];
  }

  /** Shows a workload in the panel that is not pinned; opens one where there is none. */
  async show(target: WorkloadParams, section: Section, moment?: Moment): Promise<void> {
    const found = this.#unpinned();
    const panel = found ?? this.#adopt(this.#create());
    if (found) found.reveal();
    await panel.show(target, section, moment);
  }

  /** Pins the active panel, or lets it follow the cursor again. */
  togglePin(): void {
    const active = [...this.#panels].find((it) => it.active) ?? this.#unpinned();
    active?.setPinned(!active.report().pinned);
  }

  report(): readonly PanelReport[] {
    return [...this.#panels].map((it) => it.report());
  }

  /** After a reload of the window. */
  async deserializeWebviewPanel(webview: vscode.WebviewPanel, state: unknown): Promise<void> {
    const panel = this.#adopt(webview);
    if (isPanelState(state)) await panel.restore(state);
  }

  dispose(): void {
    clearTimeout(this.#following);
    for (const it of this.#disposables) it.dispose();
  }

  #create(): vscode.WebviewPanel {
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    return vscode.window.createWebviewPanel(VIEW_TYPE, 'Podsage', place);
  }

  #adopt(webview: vscode.WebviewPanel): PredictionPanel {
    const panel = new PredictionPanel(webview, this.#host);
    this.#panels.add(panel);
    webview.onDidDispose(() => {
      this.#panels.delete(panel);
      panel.dispose();
    });
    return panel;
  }

  #unpinned(): PredictionPanel | undefined {
    return [...this.#panels].find((it) => !it.report().pinned);
  }

  #follow(cursor: WorkloadParams): void {
    if (!readSettings().followCursor) return;
    clearTimeout(this.#following);
    this.#following = setTimeout(() => void this.#unpinned()?.follow(cursor), FOLLOW_MILLISECONDS);
  }

  #refreshAll(): void {
    for (const panel of this.#panels) void panel.refresh();
  }
}

function isPanelState(value: unknown): value is PanelState {
  if (typeof value !== 'object' || value === null) return false;
  const has = (key: keyof PanelState, type: string) => typeof Reflect.get(value, key) === type;
  return has('uri', 'string') && has('subject', 'string') && has('section', 'string');
}
