// The language server over any connection: wires handlers, and keeps what is sent current. A handler
// is from-proto, a feature, to-proto; nothing here knows Kubernetes.
import {
  CodeLensRefreshRequest,
  DidChangeConfigurationNotification,
  LSPErrorCodes,
  ResponseError,
  TextDocuments,
  type CancellationToken,
  type CodeLens,
  type Connection,
  type InlayHint,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  FILES,
  PREDICTION_CHANGED,
  REQUESTS,
  STATUS,
  type FilesParams,
  type RequestTypes,
  type ServerStatus,
} from '../protocol/index.ts';
import { readAbilities, SERVER_CAPABILITIES, type ClientAbilities } from './capabilities.ts';
import { DiagnosticsPublisher, turn } from './diagnostics-publisher.ts';
import { FileStore } from './file-store.ts';
import { toOffset, toTextRange } from './from-proto.ts';
import { attempt, guard, type Log } from './guard.ts';
import type { LanguageFeatures } from './language-features.ts';
import { Pace } from './pace.ts';
import { answerNavigation } from './navigation.ts';
import { DEFAULT_SETTINGS, readSettings, type ServerSettings } from './settings.ts';
import { toAction, toHint, toHover, toLens, toSymbol } from './to-proto.ts';

/** What the server needs of where it runs. */
export interface ServerHost {
  createFeatures(log: Log): LanguageFeatures;
  /** The text of descriptions.json; asked for at the first hover. */
  readDescriptions(): Promise<string>;
  /** Rest after the last change before diagnostics are made. */
  readonly debounceMilliseconds?: number;
}

/** Serves one client until the connection ends. */
export function startServer(connection: Connection, host: ServerHost): void {
  const session = new Session(connection, host);
  session.listen();
  connection.listen();
}

class Session {
  readonly #connection: Connection;
  readonly #host: ServerHost;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #files = new FileStore(this.#documents);
  readonly #features: LanguageFeatures;
  readonly #publisher: DiagnosticsPublisher;
  readonly #pace = new Pace();
  #abilities: ClientAbilities | undefined;
  #settings: ServerSettings = DEFAULT_SETTINGS;
  #descriptions: Promise<void> | undefined;

  constructor(connection: Connection, host: ServerHost) {
    this.#connection = connection;
    this.#host = host;
    this.#features = host.createFeatures(connection.console);
    this.#publisher = new DiagnosticsPublisher({
      restMilliseconds: () => (host.debounceMilliseconds ?? 150) + this.#pace.restMilliseconds,
      documents: () => this.#documents.all(),
      find: (uri) => this.#files.document(uri),
      begin: () => this.#beginRound(),
      diagnose: (uri) =>
        attempt(connection.console, 'diagnostics', [], () =>
          this.#settings.diagnostics
            ? this.#pace.measure(() => this.#features.diagnostics(uri))
            : [],
        ),
      publish: (params) => void connection.sendDiagnostics(params),
      end: () => this.#endRound(),
    });
  }

  listen(): void {
    this.#listenToLifecycle();
    this.#listenToFiles();
    this.#answerEditor();
    this.#answerOwn('prediction', (params) => this.#features.prediction(params) ?? null);
    this.#answerOwn('timeline', (params) => this.#features.timeline(params) ?? null);
    this.#answerOwn('storedObject', (params) => this.#features.storedObject(params) ?? null);
  }

  #listenToLifecycle(): void {
    this.#connection.onInitialize(({ capabilities }) => {
      this.#abilities = readAbilities(capabilities);
      return SERVER_CAPABILITIES;
    });
    this.#connection.onInitialized(() => {
      this.#connection.console.info('The Podsage server is ready.');
      if (this.#abilities?.dynamicConfiguration) {
        void this.#connection.client.register(DidChangeConfigurationNotification.type);
      }
      void this.#pullSettings();
    });
    this.#connection.onDidChangeConfiguration(({ settings }) => {
      if (this.#abilities?.configuration) void this.#pullSettings();
      else this.#configure(settings?.podsage, settings?.yaml);
    });
    this.#connection.onShutdown(() => this.#publisher.stop());
  }

  #listenToFiles(): void {
    this.#documents.onDidChangeContent(({ document }) => this.#touch(document.uri));
    this.#documents.onDidClose(({ document }) => {
      this.#touch(document.uri);
      this.#publisher.forget(document.uri);
    });
    this.#documents.listen(this.#connection);
    this.#connection.onNotification(FILES, (params: FilesParams) => {
      attempt(this.#connection.console, FILES, undefined, () => this.#files.update(params));
      if (this.#files.hasChanges) this.#publisher.schedule();
    });
  }

  #answerEditor(): void {
    const connection = this.#connection;
    const find = (uri: string) => this.#files.document(uri);
    connection.onHover(
      this.#current(
        'hover',
        null,
        (document, { position }) => {
          const hover = this.#features.hover(document.uri, toOffset(document, position));
          return hover ? toHover(document, hover) : null;
        },
        () => this.#loadDescriptions(),
      ),
    );
    connection.onCodeLens(
      this.#current('code lenses', [] as CodeLens[], (document) => {
        if (!this.#settings.codeLenses) return [];
        return this.#features.lenses(document.uri).map((it) => toLens(document, it));
      }),
    );
    connection.languages.inlayHint.on(
      this.#current('inlay hints', [] as InlayHint[], (document, { range }) => {
        if (!this.#settings.inlayHints) return [];
        const hints = this.#features.hints(document.uri, toTextRange(document, range));
        return hints.map((it) => toHint(document, it));
      }),
    );
    connection.onCodeAction(
      this.#current('code actions', null, (document, { range }) => {
        const actions = this.#features.actions(document.uri, toTextRange(document, range));
        return actions.flatMap((it) => toAction(document, it, find) ?? []);
      }),
    );
    answerNavigation(connection, this.#features, (...it) => this.#current(...it), find);
    connection.onDocumentSymbol(
      this.#current('symbols', null, (document) =>
        this.#features.symbols(document.uri).map((it) => toSymbol(document, it)),
      ),
    );
  }

  /** A handler for a request on a document: answers for the version asked about, or not at all. */
  #current<P extends { readonly textDocument: { readonly uri: string } }, R>(
    name: string,
    nothing: R,
    work: (document: TextDocument, params: P) => R,
    before?: () => Promise<void>,
  ): (params: P, token: CancellationToken) => Promise<R> {
    return guard(this.#connection.console, name, nothing, async (params: P, token) => {
      const { uri } = params.textDocument;
      const version = this.#documents.get(uri)?.version;
      // Edits that have arrived go first, and where answers are slow those that are about to.
      await turn(this.#files.hasChanges ? this.#pace.restMilliseconds : 0);
      await before?.();
      if (token.isCancellationRequested) {
        throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.');
      }
      const document = this.#documents.get(uri);
      if (!document) return nothing;
      if (document.version !== version) {
        throw new ResponseError(LSPErrorCodes.ContentModified, 'The document has changed since.');
      }
      return this.#pace.measure(() => {
        this.#apply();
        return work(document, params);
      });
    });
  }

  #answerOwn<N extends keyof RequestTypes>(
    name: N,
    work: (params: RequestTypes[N]['params']) => RequestTypes[N]['answer'],
  ): void {
    type Params = RequestTypes[N]['params'];
    const handler = guard<Params, unknown>(this.#connection.console, name, null, async (params) => {
      await turn();
      this.#apply();
      return work(params);
    });
    this.#connection.onRequest(REQUESTS[name], handler);
  }

  #touch(uri: string): void {
    this.#files.touch(uri);
    this.#publisher.schedule();
  }

  /** Gives the engine what has changed since it was last asked. */
  #apply(): boolean {
    if (!this.#files.hasChanges) return false;
    const changes = this.#files.takeChanges();
    attempt(this.#connection.console, 'change', undefined, () =>
      this.#features.applyChange(changes),
    );
    return true;
  }

  #beginRound(): void {
    this.#sendStatus({ state: 'busy' });
    this.#apply();
    void this.#connection.sendNotification(PREDICTION_CHANGED);
    // A change of one file changes what is said in others, for which the editor would not ask again.
    if (this.#documents.keys().length > 1) this.#refresh();
  }

  #endRound(): void {
    const note = attempt(this.#connection.console, 'note', undefined, () => this.#features.note());
    this.#sendStatus(note === undefined ? { state: 'healthy' } : { state: 'healthy', note });
  }

  #refresh(): void {
    const failed = (error: unknown) => this.#connection.console.info(`refresh: ${String(error)}`);
    if (this.#abilities?.refreshLenses) {
      this.#connection.sendRequest(CodeLensRefreshRequest.type).catch(failed);
    }
    if (this.#abilities?.refreshHints) {
      this.#connection.languages.inlayHint.refresh().catch(failed);
    }
  }

  #sendStatus(status: ServerStatus): void {
    void this.#connection.sendNotification(STATUS, status);
  }

  async #pullSettings(): Promise<void> {
    if (!this.#abilities?.configuration) return;
    try {
      const sections = [{ section: 'podsage' }, { section: 'yaml' }];
      const [podsage, yaml] = await this.#connection.workspace.getConfiguration(sections);
      this.#configure(podsage, yaml);
    } catch (error) {
      this.#connection.console.error(`settings: ${String(error)}`);
    }
  }

  #configure(podsage: unknown, yaml: unknown): void {
    this.#settings = readSettings(podsage, yaml);
    attempt(this.#connection.console, 'settings', undefined, () =>
      this.#features.configure(this.#settings),
    );
    this.#refresh();
    this.#publisher.schedule();
  }

  #loadDescriptions(): Promise<void> {
    this.#descriptions ??= this.#host.readDescriptions().then(
      (json) => this.#features.useDescriptions(json),
      (error) => this.#connection.console.error(`descriptions: ${String(error)}`),
    );
    return this.#descriptions;
  }
}
