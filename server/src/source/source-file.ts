import { LineIndex } from './line-index.ts';

/** One text as it stood at one version. Never changes; an edit makes another. */
export class SourceFile {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  #lines: LineIndex | undefined;

  constructor(uri: string, text: string, version = 0) {
    this.uri = uri;
    this.text = text;
    this.version = version;
  }

  /** Built at the first question. */
  get lines(): LineIndex {
    this.#lines ??= new LineIndex(this.text);
    return this.#lines;
  }
}
