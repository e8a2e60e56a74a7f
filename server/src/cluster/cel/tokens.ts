/** Cuts a CEL expression into tokens. Follows the language definition's lexis. */
import { CelSyntaxError, type Literal } from './syntax.ts';

export interface Token {
  readonly kind: 'literal' | 'ident' | 'quoted' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
  readonly value?: Literal;
}

const SPACE = /[ \t\n\f\r]+|\/\/[^\n]*/y;
const IDENT = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /`([A-Za-z0-9_.\-/ ]+)`/y;
const NUMBER = /0[xX][0-9a-fA-F]+[uU]?|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?[uU]?/y;
const SYMBOL = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y;
const STRING = /([rR]?[bB]?|[bB]?[rR]?)("""|'''|"|')/y;
const MAX_INT = 2n ** 63n;

/** All tokens, the end last. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const string = match(STRING);
    if (string) {
      const { value, end } = readString(text, at, string);
      tokens.push({ kind: 'literal', text: text.slice(at, end), at, value });
      at = end;
      continue;
    }
    const token = wordToken(match(IDENT), match(QUOTED), match(NUMBER), match(SYMBOL), at);
    if (!token) {
      throw new CelSyntaxError(`Syntax error: token recognition error at: '${text[at]}'`, at);
    }
    tokens.push(token);
    at += token.kind === 'quoted' ? token.text.length + 2 : token.text.length;
  }
  return [...tokens, { kind: 'end', text: '<EOF>', at: text.length }];
}

function wordToken(
  ident: RegExpExecArray | null,
  quoted: RegExpExecArray | null,
  number: RegExpExecArray | null,
  symbol: RegExpExecArray | null,
  at: number,
): Token | undefined {
  if (ident) {
    const text = ident[0];
    const literal = text === 'true' ? true : text === 'false' ? false : null;
    if (literal !== null || text === 'null') return { kind: 'literal', text, at, value: literal };
    return { kind: 'ident', text, at };
  }
  if (quoted) return { kind: 'quoted', text: quoted[1] ?? '', at };
  if (number) return { kind: 'literal', text: number[0], at, value: readNumber(number[0], at) };
  if (symbol) return { kind: 'symbol', text: symbol[0], at };
  return undefined;
}

function readNumber(text: string, at: number): Literal {
  if (/[uU]$/.test(text)) {
    const digits = text.slice(0, -1);
    if (/[.]|^\d+[eE]/.test(digits)) throw new CelSyntaxError('invalid uint literal', at);
    const value = BigInt(digits);
    if (value >= MAX_INT * 2n) throw new CelSyntaxError('invalid uint literal', at);
    return { uint: value };
  }
  if (/^0[xX]/.test(text) || /^\d+$/.test(text)) {
    const value = BigInt(text);
    // One more than the largest is read, as a minus may stand before it.
    if (value > MAX_INT) throw new CelSyntaxError('invalid int literal', at);
    return value;
  }
  return Number(text);
}

function readString(
  text: string,
  start: number,
  match: RegExpExecArray,
): { value: Literal; end: number } {
  const [all, prefix = '', quote = ''] = match;
  const raw = /[rR]/.test(prefix);
  const bytes = /[bB]/.test(prefix);
  let at = start + all.length;
  let body = '';
  const out: number[] = [];
  const put = (piece: string): void => {
    if (bytes) out.push(...utf8(piece));
    else body += piece;
  };
  for (;;) {
    if (at >= text.length) {
      throw new CelSyntaxError('Syntax error: token recognition error', start);
    }
    if (text.startsWith(quote, at)) break;
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (quote.length === 1 && (char === '\n' || char === '\r')) {
      throw new CelSyntaxError('Syntax error: token recognition error', start);
    }
    if (char === '\\' && raw) {
      put(text.slice(at, at + 2));
      at += 2;
    } else if (char === '\\') {
      const escape = readEscape(text, at, bytes);
      if (escape.octet !== undefined && bytes) out.push(escape.octet);
      else put(String.fromCodePoint(escape.code));
      at += escape.length;
    } else {
      put(char);
      at += char.length;
    }
  }
  return { value: bytes ? Uint8Array.from(out) : body, end: at + quote.length };
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
};

function readEscape(
  text: string,
  at: number,
  bytes: boolean,
): { code: number; octet?: number; length: number } {
  const next = text[at + 1] ?? '';
  const simple = Object.hasOwn(SIMPLE_ESCAPES, next) ? SIMPLE_ESCAPES[next] : undefined;
  if (simple !== undefined) return { code: simple, length: 2 };
  const forms: [RegExp, number, boolean][] = [
    [/^\\[xX]([0-9a-fA-F]{2})/, 16, true],
    [/^\\u([0-9a-fA-F]{4})/, 16, false],
    [/^\\U([0-9a-fA-F]{8})/, 16, false],
    [/^\\([0-3][0-7]{2})/, 8, true],
  ];
  for (const [pattern, radix, octet] of forms) {
    const match = pattern.exec(text.slice(at, at + 10));
    if (!match) continue;
    const code = Number.parseInt(match[1] ?? '', radix);
    const valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    if (!valid || (bytes && !octet)) break;
    return { code, length: match[0].length, ...(octet ? { octet: code } : {}) };
  }
  throw new CelSyntaxError('unable to unescape string', at);
}

/** The UTF-8 bytes of a text. */
export function utf8(text: string): number[] {
  const out: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) {
      out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    } else {
      out.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
    }
  }
  return out;
}

/** The text of UTF-8 bytes; undefined where they are none. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  let text = '';
  let i = 0;
  while (i < bytes.length) {
    const first = bytes[i] ?? 0;
    const extra = first < 0x80 ? 0 : first >> 5 === 6 ? 1 : first >> 4 === 14 ? 2 : 3;
    if (first >= 0x80 && (first < 0xc2 || first > 0xf4)) return undefined;
    let code = extra === 0 ? first : first & (0x3f >> extra);
    for (let k = 1; k <= extra; k++) {
      const next = bytes[i + k];
      if (next === undefined || next >> 6 !== 2) return undefined;
      code = (code << 6) | (next & 63);
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    text += String.fromCodePoint(code);
    i += extra + 1;
  }
  return text;
}

/** The code points of a text: what CEL counts. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}
