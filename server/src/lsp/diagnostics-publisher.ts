// When diagnostics are made and sent: a moment after the last change, one open document a turn, and
// from the start when something changes meanwhile.
import type { PublishDiagnosticsParams } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { FileDiagnostic } from './language-features.ts';
import { toDiagnostic, type FindDocument } from './to-proto.ts';

export interface PublisherHost {
  readonly find: FindDocument;
  /** How long nothing must change before a round begins. */
  restMilliseconds(): number;
  documents(): readonly TextDocument[];
  begin(): void;
  diagnose(uri: string): readonly FileDiagnostic[];
  publish(params: PublishDiagnosticsParams): void;
  end(): void;
}

/** Lets messages that have arrived, or do within the time, be read before work goes on. */
export function turn(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

export class DiagnosticsPublisher {
  readonly #host: PublisherHost;
  /** What each open document was last told, with its version. */
  readonly #sent = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  constructor(host: PublisherHost) {
    this.#host = host;
  }

  /** Something changed: ends a round under way and begins another after a rest. */
  schedule(): void {
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), this.#host.restMilliseconds());
  }

  /** A document was closed: what was said of it is taken back. */
  forget(uri: string): void {
    this.#sent.delete(uri);
    this.#host.publish({ uri, diagnostics: [] });
  }

  stop(): void {
    this.#round += 1;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const round = this.#round;
    this.#host.begin();
    for (const document of this.#host.documents()) {
      await turn();
      if (round !== this.#round) return;
      this.#publish(document);
    }
    this.#host.end();
  }

  #publish(document: TextDocument): void {
    const { uri, version } = document;
    const found = this.#host.diagnose(uri);
    const diagnostics = found.map((it) => toDiagnostic(document, it, this.#host.find));
    const key = `${version} ${JSON.stringify(diagnostics)}`;
    if (this.#sent.get(uri) === key) return;
    this.#sent.set(uri, key);
    this.#host.publish({ uri, version, diagnostics });
  }
}
