// Hosts one webview: page and policy, the view down, intents up.
import * as vscode from 'vscode';
import type {
  FromWebview,
  Moment,
  PanelState,
  PredictionView,
  Section,
  ToWebview,
  WorkloadParams,
} from '../../server/src/protocol/index.ts';
import { Highlighter } from './highlighter.ts';
import { copyLink } from './moment-link.ts';
import { actOn } from './panel-intents.ts';
import { makeNonce, predictionPage } from './prediction-page.ts';
import type { PanelReport, PanelsHost } from './prediction-panels.ts';

const NOTHING_HERE =
  'There is no workload at the cursor. Put the cursor into one to follow it here.';
const GONE = 'This workload is no longer in the workspace.';
const STOPPED = 'The Podsage server is not running. Run “Podsage: Restart Server”.';

export class PredictionPanel {
  readonly #panel: vscode.WebviewPanel;
  readonly #host: PanelsHost;
  readonly #highlighter = new Highlighter();
  #target: WorkloadParams | undefined;
  #whatIf: WorkloadParams['whatIf'];
  #section: Section = 'overview';
  #pinned = false;
  #ready = false;
  /** Counts questions, so that an answer to an earlier one is dropped. */
  #question = 0;
  #last: ToWebview | undefined;
  /** Where a page that is not up yet is to turn to. */
  #turn: ToWebview | undefined;
  /** While hidden nothing is drawn; the page asks again by `ready` once it is shown. */
  #stale = false;

  constructor(panel: vscode.WebviewPanel, host: PanelsHost) {
    this.#panel = panel;
    this.#host = host;
    const dist = vscode.Uri.joinPath(host.extensionUri, 'dist');
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    panel.iconPath = vscode.Uri.joinPath(host.extensionUri, 'media', 'icon.png');
    panel.webview.onDidReceiveMessage((message: FromWebview) => void this.#receive(message));
    panel.onDidChangeViewState(() => {
      if (panel.visible && this.#stale) void this.refresh();
    });
    const address = (file: string) =>
      panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    panel.webview.html = predictionPage({
      nonce: makeNonce(),
      script: address('webview.js'),
      style: address('webview.css'),
    });
  }

  get active(): boolean {
    return this.#panel.active;
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  async show(target: WorkloadParams, section: Section, moment: Moment = {}): Promise<void> {
    this.#turnTo(target);
    this.#section = section;
    await this.refresh();
    this.#turn = { type: 'section', section, ...moment };
    this.#post(this.#turn);
  }

  async restore({ uri, subject, section, pinned }: PanelState): Promise<void> {
    this.#pinned = pinned;
    this.#section = section;
    this.#target = { uri, subject };
    await this.refresh();
  }

  /** Turns to the workload at the cursor; stays where it is when there is none. */
  async follow(cursor: WorkloadParams): Promise<void> {
    const question = ++this.#question;
    const view = await this.#host.server.ask('prediction', cursor);
    if (question !== this.#question || !view) return;
    if (this.#drawn()?.state.subject === view.subject) return;
    this.#turnTo({ uri: cursor.uri, subject: view.subject });
    if (this.#panel.visible) this.#draw(cursor.uri, view);
    else this.#stale = true;
  }

  /** Asks the server again for the same workload and draws the answer. */
  async refresh(): Promise<void> {
    if (!this.#target) return;
    this.#stale = !this.#panel.visible;
    if (this.#stale) return;
    const question = ++this.#question;
    const target = this.#target;
    const { server } = this.#host;
    const [view, supposed] = await Promise.all([
      server.ask('prediction', target),
      this.#whatIf && server.ask('prediction', { ...target, whatIf: this.#whatIf }),
    ]);
    if (question !== this.#question) return;
    if (!view) return this.#turnElsewhere(target);
    if (supposed) this.#draw(target.uri, supposed, view);
    else this.#draw(target.uri, view);
  }

  dispose(): void {
    this.#highlighter.dispose();
  }

  setPinned(pinned: boolean): void {
    this.#pinned = pinned;
    const drawn = this.#drawn();
    if (drawn) this.#draw(drawn.state.uri, drawn.view, drawn.baseline);
  }

  report(): PanelReport {
    return {
      title: this.#panel.title,
      ready: this.#ready,
      pinned: this.#pinned,
      section: this.#section,
      subject: this.#drawn()?.state.subject,
    };
  }

  #drawn() {
    return this.#last?.type === 'view' ? this.#last : undefined;
  }

  #turnTo(target: WorkloadParams): void {
    // What was supposed of one workload is not supposed of another.
    if (target.subject !== this.#target?.subject) this.#whatIf = undefined;
    this.#target = target;
    this.#highlighter.set([]);
  }

  #draw(uri: string, view: PredictionView, baseline?: PredictionView): void {
    const { subject } = view;
    this.#target = { uri, subject };
    this.#panel.title = `${this.#pinned ? '📌 ' : ''}${view.title}`;
    const state = { uri, subject, section: this.#section, pinned: this.#pinned };
    this.#post({ type: 'view', view, state, ...(baseline ? { baseline } : {}) });
  }

  /** The workload is gone, perhaps renamed: the one at the cursor instead, or a word why not. */
  async #turnElsewhere({ uri, subject }: WorkloadParams): Promise<void> {
    const question = this.#question;
    const { server, editors } = this.#host;
    const cursor = this.#pinned || subject === undefined ? undefined : editors.cursor();
    const view = cursor?.uri === uri ? await server.ask('prediction', cursor) : undefined;
    if (question !== this.#question) return;
    if (view) {
      this.#turnTo({ uri, subject: view.subject });
      this.#draw(uri, view);
    } else {
      const message = subject === undefined ? NOTHING_HERE : GONE;
      this.#post({ type: 'empty', message: server.running ? message : STOPPED });
    }
  }

  #post(message: ToWebview): void {
    if (message.type !== 'section') this.#last = message;
    // What is posted before the page listens would be lost; `ready` brings it.
    if (!this.#ready) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's own method
    void this.#panel.webview.postMessage(message);
    if (message.type === 'section') this.#turn = undefined;
  }

  async #receive(message: FromWebview): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        if (this.#last) this.#post(this.#last);
        if (this.#turn) this.#post(this.#turn);
        return;
      case 'select':
        return this.#select(message);
      case 'copyLink': {
        const drawn = this.#drawn();
        return drawn && copyLink(drawn.state, message);
      }
      case 'highlight':
        return this.#highlighter.set(message.places);
      case 'whatIf': {
        const { values } = message;
        this.#whatIf = Object.keys(values).length > 0 ? values : undefined;
        return this.refresh();
      }
      default:
        return actOn(message);
    }
  }

  async #select({
    section,
    subject,
    pinned,
  }: Extract<FromWebview, { type: 'select' }>): Promise<void> {
    this.#section = section ?? this.#section;
    if (subject !== undefined && this.#target) {
      this.#turnTo({ uri: this.#target.uri, subject });
      await this.refresh();
    }
    if (pinned !== undefined) this.setPinned(pinned);
  }
}
