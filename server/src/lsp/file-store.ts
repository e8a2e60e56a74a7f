// The texts the engine sees: the workspace's files, and over them the open documents.
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { FilesParams } from '../protocol/index.ts';
import { SourceFile } from '../source/index.ts';
import { toSourceFile } from './from-proto.ts';
import type { FileChange } from './language-features.ts';

/** Collects changes until they are taken, so that ten edits cost one new snapshot. */
export class FileStore {
  readonly #closed = new Map<string, string>();
  readonly #open: { get(uri: string): TextDocument | undefined };
  readonly #changed = new Set<string>();
  readonly #converters = new Map<string, TextDocument>();

  constructor(open: { get(uri: string): TextDocument | undefined }) {
    this.#open = open;
  }

  /** An open document was opened, edited or closed. */
  touch(uri: string): void {
    this.#changed.add(uri);
  }

  /** What the client read from the workspace. */
  update({ files, complete }: FilesParams): void {
    const named = new Set(files.map((it) => it.uri));
    if (complete) {
      for (const uri of this.#closed.keys()) if (!named.has(uri)) this.#put(uri, null);
    }
    for (const { uri, text } of files) this.#put(uri, text);
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  /** What changed since the last call. */
  takeChanges(): readonly FileChange[] {
    const changes = [...this.#changed].map((uri) => ({ uri, file: this.#sourceFile(uri) }));
    this.#changed.clear();
    return changes;
  }

  /** The text by which places of a file are counted; of closed files too. */
  document(uri: string): TextDocument | undefined {
    const open = this.#open.get(uri);
    if (open) return open;
    const text = this.#closed.get(uri);
    if (text === undefined) return undefined;
    let converter = this.#converters.get(uri);
    if (!converter) {
      converter = TextDocument.create(uri, 'yaml', 0, text);
      this.#converters.set(uri, converter);
    }
    return converter;
  }

  #put(uri: string, text: string | null): void {
    if ((this.#closed.get(uri) ?? null) === text) return;
    if (text === null) this.#closed.delete(uri);
    else this.#closed.set(uri, text);
    this.#converters.delete(uri);
    // Under an open document the file on disk does not count, until it is closed.
    if (!this.#open.get(uri)) this.#changed.add(uri);
  }

  #sourceFile(uri: string): SourceFile | undefined {
    const open = this.#open.get(uri);
    if (open) return toSourceFile(open);
    const text = this.#closed.get(uri);
    return text === undefined ? undefined : new SourceFile(uri, text);
  }
}
