/**
 * The scalars of YAML 1.1: plain, quoted, block. Follows goyaml.v2's scannerc.go in what it accepts
 * and in its words.
 */
import type { Cursor } from './cursor.ts';
import { YamlFault, type Mark } from './token.ts';

/** A scalar's text. `endedLine` where a plain scalar took the line break behind it. */
export interface ScannedScalar {
  readonly value: string;
  readonly endedLine: boolean;
  /** The offset behind its last character: the closing quote, the line break of a block. */
  readonly end: number;
}

/** The white space between two parts of a scalar, and what becomes of it. */
class Gap {
  #blanks = '';
  #first = '';
  #more = '';
  broken = false;

  blank(char: string): void {
    if (!this.broken) this.#blanks += char;
  }

  lineBreak(text: string): void {
    if (this.broken) this.#more += text;
    else {
      this.#blanks = '';
      this.#first = text;
      this.broken = true;
    }
  }

  /** A line break that was escaped away. */
  escapedBreak(): void {
    this.broken = true;
  }

  get isEmpty(): boolean {
    return !this.broken && this.#blanks === '';
  }

  /** One line break folds to a space, more of them lose the first. */
  take(): string {
    let text = this.#blanks;
    if (this.broken) {
      const folds = this.#first.startsWith('\n');
      text = folds ? this.#more || ' ' : this.#first + this.#more;
    }
    this.#blanks = '';
    this.#first = '';
    this.#more = '';
    this.broken = false;
    return text;
  }
}

/** A scalar without quotes. */
export function scanPlain(at: Cursor, parentIndent: number, inFlow: boolean): ScannedScalar {
  const indent = parentIndent + 1;
  const start = at.mark;
  const parts: string[] = [];
  const gap = new Gap();
  let end = at.index;
  while (!at.isDocumentIndicator() && at.peek() !== '#') {
    const from = at.index;
    while (!at.isSpaceOrEnd() && !endsPlain(at, inFlow)) {
      at.skip();
      at.skipWord();
    }
    if (at.index > from) {
      end = at.index;
      parts.push(gap.take(), at.text.slice(from, end));
    }
    if (!at.isBlank() && !at.isBreak()) break;
    while (at.isBlank() || at.isBreak()) {
      if (at.isBreak()) gap.lineBreak(at.readBreak());
      else {
        if (gap.broken && at.column < indent && at.peek() === '\t') {
          const problem = 'found a tab character that violates indentation';
          throw YamlFault.scanner(problem, at.mark, start);
        }
        gap.blank(at.read());
      }
    }
    if (!inFlow && at.column < indent) break;
  }
  return { value: parts.join(''), endedLine: gap.broken, end };
}

function endsPlain(at: Cursor, inFlow: boolean): boolean {
  const char = at.peek();
  if (char === ':' && at.isSpaceOrEnd(1)) return true;
  return inFlow && ',?[]{}'.includes(char);
}

/** A scalar in single or double quotes. */
export function scanQuoted(at: Cursor): ScannedScalar {
  const start = at.mark;
  const quote = at.read();
  const parts: string[] = [];
  const gap = new Gap();
  for (;;) {
    if (at.isDocumentIndicator()) {
      throw YamlFault.scanner('found unexpected document indicator', at.mark, start);
    }
    if (at.atEnd) throw YamlFault.scanner('found unexpected end of stream', at.mark, start);
    scanQuotedText(at, quote, start, parts, gap);
    if (at.peek() === quote) break;
    while (at.isBlank() || at.isBreak()) {
      if (at.isBreak()) gap.lineBreak(at.readBreak());
      else gap.blank(at.read());
    }
    parts.push(gap.take());
  }
  at.skip();
  return { value: parts.join(''), endedLine: false, end: at.index };
}

function scanQuotedText(at: Cursor, quote: string, start: Mark, parts: string[], gap: Gap): void {
  let from = at.index;
  const flush = () => {
    parts.push(at.text.slice(from, at.index));
  };
  while (!at.isSpaceOrEnd()) {
    const char = at.peek();
    if (char === quote && !(quote === "'" && at.peek(1) === "'")) break;
    if (char !== quote && !(quote === '"' && char === '\\')) {
      at.skip();
      continue;
    }
    flush();
    if (char === quote) {
      parts.push("'");
      at.skip(2);
    } else if (at.isBreak(1)) {
      at.skip();
      at.readBreak();
      gap.escapedBreak();
      return;
    } else parts.push(scanEscape(at, start));
    from = at.index;
  }
  flush();
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function scanEscape(at: Cursor, start: Mark): string {
  const kind = at.peek(1);
  const length = Object.hasOwn(HEX_LENGTH, kind) ? (HEX_LENGTH[kind] ?? 0) : 0;
  if (length === 0) {
    const char = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
    if (char === undefined) {
      throw YamlFault.scanner('found unknown escape character', at.mark, start);
    }
    at.skip(2);
    return char;
  }
  at.skip(2);
  const hex = at.text.slice(at.index, at.index + length);
  if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== length) {
    throw YamlFault.scanner('did not find expected hexdecimal number', at.mark, start);
  }
  const code = Number.parseInt(hex, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw YamlFault.scanner('found invalid Unicode character escape code', at.mark, start);
  }
  at.skip(length);
  return String.fromCodePoint(code);
}

/** A scalar behind `|` or `>`. */
export function scanBlock(at: Cursor, parentIndent: number): ScannedScalar {
  const start = at.mark;
  const literal = at.read() === '|';
  const { chomping, increment } = scanBlockHeader(at, start);
  const base = Math.max(parentIndent, 0);
  const breaks = new BlockBreaks(at, parentIndent, start);
  breaks.indent = increment > 0 ? base + increment : 0;
  const parts: string[] = [];
  let end = at.index;
  let trailing = breaks.read();
  let leading = '';
  let wasBlank = false;
  while (at.column === breaks.indent && !at.atEnd) {
    const isBlank = at.isBlank();
    const folds = !literal && leading.startsWith('\n') && !wasBlank && !isBlank;
    if (!folds) parts.push(leading);
    else if (trailing === '') parts.push(' ');
    parts.push(trailing);
    wasBlank = isBlank;
    const from = at.index;
    while (!at.isBreakOrEnd()) at.skip();
    parts.push(at.text.slice(from, at.index));
    leading = at.readBreak();
    end = at.index;
    trailing = breaks.read();
  }
  if (chomping !== '-') parts.push(leading);
  if (chomping === '+') {
    parts.push(trailing);
    end = at.index - at.column;
  }
  return { value: parts.join(''), endedLine: true, end };
}

function scanBlockHeader(at: Cursor, start: Mark): { chomping: string; increment: number } {
  let chomping = '';
  let increment = 0;
  for (let i = 0; i < 2; i++) {
    const char = at.peek();
    if (chomping === '' && (char === '+' || char === '-')) chomping = at.read();
    else if (increment === 0 && /[0-9]/.test(char)) {
      if (char === '0') {
        const problem = 'found an indentation indicator equal to 0';
        throw YamlFault.scanner(problem, at.mark, start);
      }
      increment = Number(at.read());
    }
  }
  while (at.isBlank()) at.skip();
  if (at.peek() === '#') while (!at.isBreakOrEnd()) at.skip();
  if (!at.isBreakOrEnd()) {
    throw YamlFault.scanner('did not find expected comment or line break', at.mark, start);
  }
  at.readBreak();
  return { chomping, increment };
}

/** The empty lines of a block scalar, and its indentation found by the first line with text. */
class BlockBreaks {
  indent = 0;
  readonly #at: Cursor;
  readonly #parentIndent: number;
  readonly #start: Mark;

  constructor(at: Cursor, parentIndent: number, start: Mark) {
    this.#at = at;
    this.#parentIndent = parentIndent;
    this.#start = start;
  }

  read(): string {
    const at = this.#at;
    let breaks = '';
    let widest = 0;
    for (;;) {
      while ((this.indent === 0 || at.column < this.indent) && at.peek() === ' ') at.skip();
      widest = Math.max(widest, at.column);
      if ((this.indent === 0 || at.column < this.indent) && at.peek() === '\t') {
        const problem = 'found a tab character where an indentation space is expected';
        throw YamlFault.scanner(problem, at.mark, this.#start);
      }
      if (!at.isBreak()) break;
      breaks += at.readBreak();
    }
    if (this.indent === 0) this.indent = Math.max(widest, this.#parentIndent + 1, 1);
    return breaks;
  }
}
