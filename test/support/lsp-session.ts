/**
 * Drives the language server as an editor does: server.ts on one end of a pair of streams, and this
 * on the other. `await using session = await LspSession.start()`.
 */
import { PassThrough } from 'node:stream';
import {
  createConnection,
  createProtocolConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type Diagnostic,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import {
  FILES,
  PREDICTION_CHANGED,
  REQUESTS,
  STATUS,
  type RequestTypes,
  type ServerStatus,
  type WorkspaceFile,
} from '../../server/src/protocol/index.ts';
import type { Log } from '../../server/src/lsp/guard.ts';
import type { LanguageFeatures } from '../../server/src/lsp/language-features.ts';
import { startServer } from '../../server/src/lsp/server.ts';

export interface SessionOptions {
  /** What the server answers with; what is left out answers with nothing. */
  readonly features?: Partial<LanguageFeatures>;
  /** Instead of `features`: the engine itself. */
  readonly createFeatures?: (log: Log) => LanguageFeatures;
  readonly capabilities?: ClientCapabilities;
  /** Answers to `workspace/configuration`, by section. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly descriptions?: () => Promise<string>;
}

const NO_FEATURES: LanguageFeatures = {
  applyChange() {},
  configure() {},
  useDescriptions() {},
  note: () => undefined,
  diagnostics: () => [],
  hover: () => undefined,
  lenses: () => [],
  hints: () => [],
  actions: () => [],
  symbols: () => [],
  definition: () => [],
  references: () => [],
  renameRange: () => undefined,
  rename: () => [],
  prediction: () => undefined,
  timeline: () => undefined,
  storedObject: () => undefined,
};

export class LspSession implements AsyncDisposable {
  readonly client: ProtocolConnection;
  /** Everything the server logged, in order. */
  readonly log: string[] = [];
  readonly statuses: ServerStatus[] = [];
  readonly published: PublishDiagnosticsParams[] = [];
  predictionChanges = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(client: ProtocolConnection) {
    this.client = client;
  }

  static async start(options: SessionOptions = {}): Promise<LspSession> {
    const [up, down] = [new PassThrough(), new PassThrough()];
    const connection = createConnection(
      ProposedFeatures.all,
      new StreamMessageReader(up),
      new StreamMessageWriter(down),
    );
    startServer(connection, {
      createFeatures: options.createFeatures ?? (() => ({ ...NO_FEATURES, ...options.features })),
      readDescriptions: options.descriptions ?? (() => Promise.resolve('{}')),
      debounceMilliseconds: 10,
    });
    const client = createProtocolConnection(
      new StreamMessageReader(down),
      new StreamMessageWriter(up),
    );
    const session = new LspSession(client);
    session.#listen(options);
    await client.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: options.capabilities ?? { workspace: { configuration: true } },
    });
    await client.sendNotification('initialized', {});
    return session;
  }

  async open(uri: string, text: string, version = 1): Promise<void> {
    const textDocument = { uri, languageId: 'yaml', version, text };
    await this.client.sendNotification('textDocument/didOpen', { textDocument });
  }

  /** Replaces what lies between two positions, as a keystroke does. */
  async edit(
    uri: string,
    version: number,
    change: { start: Position; end: Position; text: string },
  ): Promise<void> {
    const { start, end, text } = change;
    await this.client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range: { start, end }, text }],
    });
  }

  async close(uri: string): Promise<void> {
    await this.client.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  async files(files: readonly WorkspaceFile[], complete = false): Promise<void> {
    await this.client.sendNotification(FILES, { files, complete });
  }

  /** A request of the LSP about a document. */
  ask<T>(method: string, uri: string, rest: object = {}): Promise<T> {
    return this.client.sendRequest(method, { textDocument: { uri }, ...rest });
  }

  /** A request of our own. */
  askOwn<N extends keyof RequestTypes>(
    name: N,
    params: RequestTypes[N]['params'],
  ): Promise<RequestTypes[N]['answer']> {
    return this.client.sendRequest(REQUESTS[name], params);
  }

  /** The diagnostics of this version of a document, once they are published. */
  async diagnostics(uri: string, version = 1): Promise<readonly Diagnostic[]> {
    const find = () => this.published.findLast((it) => it.uri === uri && it.version === version);
    await this.until(() => find() !== undefined);
    return find()?.diagnostics ?? [];
  }

  /** Waits until what the server has said makes the condition true. */
  async until(condition: () => boolean): Promise<void> {
    const end = Date.now() + 75_000;
    while (!condition()) {
      if (Date.now() > end)
        throw new Error(`the server did not do it; its log: ${this.log.join()}`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        setTimeout(resolve, 50);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.sendRequest('shutdown');
    this.client.dispose();
  }

  #listen({ settings }: SessionOptions): void {
    const { client } = this;
    const said = () => {
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    };
    client.onNotification('textDocument/publishDiagnostics', (it: PublishDiagnosticsParams) => {
      this.published.push(it);
      said();
    });
    client.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.log.push(message);
      said();
    });
    client.onNotification(STATUS, (it: ServerStatus) => {
      this.statuses.push(it);
      said();
    });
    client.onNotification(PREDICTION_CHANGED, () => {
      this.predictionChanges += 1;
      said();
    });
    client.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
      items.map((it) => settings?.[it.section] ?? null),
    );
    client.onRequest('client/registerCapability', () => null);
    client.listen();
  }
}
