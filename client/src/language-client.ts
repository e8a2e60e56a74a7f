// Starts, restarts and stops the server, and passes on what it says.
import * as vscode from 'vscode';
import { State, type BaseLanguageClient, type LanguageClientOptions } from 'vscode-languageclient';
import {
  DESCRIPTIONS,
  FILES,
  PREDICTION_CHANGED,
  REQUESTS,
  STATUS,
  type RequestTypes,
  type ServerStatus,
} from '../../server/src/protocol/index.ts';
import { DoubledDiagnostics } from './doubled-diagnostics.ts';
import { readSettings } from './settings.ts';
import type { StatusState } from './status-item.ts';
import { WorkspaceFiles } from './workspace-files.ts';

/** Makes the client for where the editor runs: a process, or a worker in a browser. */
export type CreateClient = (
  context: vscode.ExtensionContext,
  options: LanguageClientOptions,
) => BaseLanguageClient;

const LANGUAGES = ['yaml', 'json'];

export class ServerConnection implements vscode.Disposable {
  readonly #client: BaseLanguageClient;
  readonly #log: vscode.LogOutputChannel;
  readonly #files: WorkspaceFiles;
  readonly #doubled = new DoubledDiagnostics();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #status = new vscode.EventEmitter<{ state: StatusState; note?: string }>();
  /** What was said before is out of date. */
  readonly onPredictionChanged = this.#changed.event;
  readonly onStatus = this.#status.event;

  constructor(
    context: vscode.ExtensionContext,
    createClient: CreateClient,
    log: vscode.LogOutputChannel,
  ) {
    this.#log = log;
    this.#client = createClient(context, {
      documentSelector: documentSelector(),
      outputChannel: log,
      middleware: { handleDiagnostics: this.#doubled.handle },
      synchronize: { configurationSection: ['podsage', 'yaml.kubernetesVersion'] },
    });
    this.#files = new WorkspaceFiles({
      exclude: readSettings().exclude,
      log,
      send: async (params) => {
        if (this.running) await this.#client.sendNotification(FILES, params);
      },
    });
    this.#listen(context);
  }

  /** Whether a document is one that the server answers for. */
  covers(document: vscode.TextDocument): boolean {
    return vscode.languages.match(documentSelector(), document) > 0;
  }

  get running(): boolean {
    return this.#client.state === State.Running;
  }

  async start(): Promise<void> {
    await this.#client.start();
  }

  async restart(): Promise<void> {
    if (this.running) await this.#client.stop();
    await this.#client.start();
  }

  /** Asks the server; undefined while it is not there, or where the answer is nothing. */
  async ask<N extends keyof RequestTypes>(
    name: N,
    params: RequestTypes[N]['params'],
  ): Promise<NonNullable<RequestTypes[N]['answer']> | undefined> {
    if (!this.running) return undefined;
    try {
      type Answer = RequestTypes[N]['answer'];
      const answer = await this.#client.sendRequest<Answer>(REQUESTS[name], params);
      return answer ?? undefined;
    } catch (error) {
      this.#log.error(`${name}: ${String(error)}`);
      return undefined;
    }
  }

  async stop(): Promise<void> {
    if (this.running) await this.#client.stop();
  }

  dispose(): void {
    this.#files.dispose();
    this.#doubled.dispose();
    this.#changed.dispose();
    this.#status.dispose();
  }

  #listen(context: vscode.ExtensionContext): void {
    const client = this.#client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Starting) this.#status.fire({ state: 'starting' });
      if (newState === State.Stopped) this.#status.fire({ state: 'stopped' });
      if (newState !== State.Running) return;
      this.#status.fire({ state: 'healthy' });
      this.#files.sendAll().catch((error) => this.#log.error(`workspace files: ${String(error)}`));
    });
    client.onNotification(STATUS, (status: ServerStatus) => this.#status.fire(status));
    client.onNotification(PREDICTION_CHANGED, () => this.#changed.fire());
    client.onRequest(DESCRIPTIONS, async () => {
      const uri = vscode.Uri.joinPath(context.extensionUri, 'dist', 'descriptions.json');
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    });
  }
}

/** Files of the workspace's own schemes and unsaved ones; not the copies that diff views show. */
function documentSelector(): { scheme: string; language: string }[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const schemes = new Set(['file', 'untitled', ...folders.map((it) => it.uri.scheme)]);
  return [...schemes].flatMap((scheme) => LANGUAGES.map((language) => ({ scheme, language })));
}
