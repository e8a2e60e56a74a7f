// Where the YAML extension reports a schema fault, the server's word on the same text is left out:
// one underline is enough. Theirs may come before ours or behind, so both are listened to.
import * as vscode from 'vscode';

/** What the API server answers to a text that it cannot decode. */
const DECODING = 'BadRequest';
/** How the YAML extension names the schema it checks by. */
const SCHEMA_SOURCE = 'yaml-schema';

interface Position {
  readonly line: number;
  readonly character: number;
}

/** As much of a diagnostic as counts here. */
export interface Told {
  readonly source?: string | undefined;
  readonly code?: unknown;
  readonly range: { readonly start: Position; readonly end: Position };
}

/** Our diagnostics without the faults of decoding that a schema reports at the same text. */
export function withoutDoubled<T extends Told>(own: readonly T[], all: readonly Told[]): T[] {
  const schema = all.filter((it) => it.source?.startsWith(SCHEMA_SOURCE));
  return own.filter(
    (it) => codeOf(it.code) !== DECODING || !schema.some((other) => overlap(it, other)),
  );
}

/** A code is a text, or a text with the address of its page. */
function codeOf(code: unknown): unknown {
  return code !== null && typeof code === 'object' && 'value' in code ? code.value : code;
}

function overlap({ range: a }: Told, { range: b }: Told): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

type Show = (uri: vscode.Uri, diagnostics: vscode.Diagnostic[]) => void;

/** Filters what the server says, and again when what others say has changed. */
export class DoubledDiagnostics implements vscode.Disposable {
  readonly #last = new Map<
    string,
    {
      readonly uri: vscode.Uri;
      readonly own: vscode.Diagnostic[];
      readonly show: Show;
      shown: string;
    }
  >();
  readonly #listening: vscode.Disposable;

  constructor() {
    this.#listening = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) this.#filter(uri.toString());
    });
  }

  /** The client's middleware: `show` puts them into the editor. */
  readonly handle = (uri: vscode.Uri, own: vscode.Diagnostic[], show: Show): void => {
    const key = uri.toString();
    if (own.some((it) => codeOf(it.code) === DECODING)) {
      this.#last.set(key, { uri, own, show, shown: '' });
      this.#filter(key);
    } else {
      this.#last.delete(key);
      show(uri, own);
    }
  };

  dispose(): void {
    this.#listening.dispose();
    this.#last.clear();
  }

  /** What is shown changes the editor's diagnostics too, so only another answer is shown. */
  #filter(key: string): void {
    const last = this.#last.get(key);
    if (!last) return;
    const left = withoutDoubled(last.own, vscode.languages.getDiagnostics(last.uri));
    const kept = `kept ${left.map((it) => last.own.indexOf(it)).join()}`;
    if (kept === last.shown) return;
    last.shown = kept;
    last.show(last.uri, left);
  }
}
