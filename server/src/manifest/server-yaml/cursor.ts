/** A walk over the characters of a text that knows its line and column. */
import type { Mark } from './token.ts';

const BREAKS = '\r\n\u0085\u2028\u2029';
/** Characters that mean nothing wherever they stand in a plain scalar: most of any text. */
const WORD = /[\w./-]+/y;

/** Moves forward only. */
export class Cursor {
  readonly text: string;
  index = 0;
  line = 0;
  column = 0;

  constructor(text: string) {
    this.text = text;
  }

  get mark(): Mark {
    return { index: this.index, line: this.line, column: this.column };
  }

  /** The character `offset` places on; empty at the end. */
  peek(offset = 0): string {
    return this.text[this.index + offset] ?? '';
  }

  get atEnd(): boolean {
    return this.index >= this.text.length;
  }

  isBlank(offset = 0): boolean {
    const char = this.peek(offset);
    return char === ' ' || char === '\t';
  }

  isBreak(offset = 0): boolean {
    const char = this.peek(offset);
    return char !== '' && BREAKS.includes(char);
  }

  /** A line break or the end of the text. */
  isBreakOrEnd(offset = 0): boolean {
    return this.peek(offset) === '' || this.isBreak(offset);
  }

  /** A blank, a line break or the end of the text. */
  isSpaceOrEnd(offset = 0): boolean {
    return this.isBlank(offset) || this.isBreakOrEnd(offset);
  }

  skip(count = 1): void {
    this.index += count;
    this.column += count;
  }

  /** Goes past a run of characters that mean nothing. */
  skipWord(): void {
    WORD.lastIndex = this.index;
    if (WORD.test(this.text)) this.skip(WORD.lastIndex - this.index);
  }

  /** Takes one character. */
  read(): string {
    const char = this.peek();
    this.skip();
    return char;
  }

  /** Takes a line break; all but the Unicode separators become a newline. */
  readBreak(): string {
    const char = this.peek();
    if (char === '') return '';
    this.index += char === '\r' && this.peek(1) === '\n' ? 2 : 1;
    this.line++;
    this.column = 0;
    return char === '\u2028' || char === '\u2029' ? char : '\n';
  }

  /** `---` or `...` at the beginning of a line. */
  isDocumentIndicator(): boolean {
    if (this.column !== 0 || !this.isSpaceOrEnd(3)) return false;
    const three = this.text.slice(this.index, this.index + 3);
    return three === '---' || three === '...';
  }
}
