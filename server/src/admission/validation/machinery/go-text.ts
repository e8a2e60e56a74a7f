/**
 * How Go prints values: `%q` (strconv.Quote), encoding/json, and the structs of the API server's
 * internal types, which have no JSON names and therefore print their Go field names.
 */

/** Text that already is what encoding/json would print. */
export class GoJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * The members of a struct in the order of its Go declaration: the Go name, and how the value
 * prints. A printer gets what the object has there, undefined where nothing is.
 */
export interface GoStruct {
  readonly [goName: string]: readonly [name: string, print: GoPrinter];
}

/** Prints one value as encoding/json would. */
export type GoPrinter = (value: unknown) => string;

/** How many bytes a text has in UTF-8, which is what Go's `len` counts. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

const QUOTED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A text as `%q` prints it. */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const short = QUOTED[char];
    if (short !== undefined) quoted += short;
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${hex(code, 2)}`;
    else if (isPrintable(char)) quoted += char;
    else quoted += code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  }
  return `${quoted}"`;
}

/** Letters, marks, numbers, punctuation, symbols and the ASCII space (unicode.IsPrint). */
export function isPrintable(char: string): boolean {
  return char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

/** A value as encoding/json prints it: HTML escaped, keys of maps sorted. */
export function goJson(value: unknown): string {
  if (value instanceof GoJson) return value.text;
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'number' || typeof value === 'bigint') return goNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((it) => goJson(it)).join(',')}]`;
  if (value === null || value === undefined || typeof value !== 'object') return 'null';
  const members = Object.entries(value).filter(([, it]) => it !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, it]) => `${jsonString(key)}:${goJson(it)}`).join(',')}}`;
}

/** A number as Go prints it; beyond 1e21 with an exponent of two digits. */
export function goNumber(value: number | bigint): string {
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The printer of a struct; its zero value where nothing is. */
export function goStruct(members: GoStruct): GoPrinter {
  return (value) => {
    const object = (typeof value === 'object' && value !== null ? value : {}) as Record<
      string,
      unknown
    >;
    const parts = Object.entries(members).map(
      ([goName, [name, print]]) => `"${goName}":${print(object[name])}`,
    );
    return `{${parts.join(',')}}`;
  };
}

/** Printers of the Go types that structs are made of; each knows its zero value. */
export const go = {
  /** `string`: empty where missing. */
  string: (value: unknown) => jsonString(typeof value === 'string' ? value : ''),
  /** `int32`, `int64`: 0 where missing. */
  int: (value: unknown) => goJson(value ?? 0),
  /** `bool`: false where missing. */
  bool: (value: unknown) => goJson(value ?? false),
  /** A pointer, slice or map: null where missing, else as the type says. */
  pointer:
    (print: GoPrinter = goJson) =>
    (value: unknown) =>
      value === undefined || value === null ? 'null' : print(value),
  /** A slice of structs: null where missing. */
  slice: (print: GoPrinter) => (value: unknown) =>
    Array.isArray(value) ? `[${value.map((it) => print(it)).join(',')}]` : 'null',
  /** A map: null where missing, keys sorted. */
  map: (value: unknown) => (value === undefined || value === null ? 'null' : goJson(value)),
  /** Anything with JSON names, where missing prints an empty object. */
  object: (value: unknown) => goJson(value ?? {}),
} as const;

/**
 * A text whose Go type has a name of its own, or that stands behind a pointer: a message prints it
 * as JSON, not as `%q` does.
 */
export function goNamed(text: string): GoJson {
  return new GoJson(jsonString(text));
}

/** A struct ready to be the bad value of a field error. */
export function goValue(print: GoPrinter, value: unknown): GoJson {
  return new GoJson(print(value));
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029\u007f]/g, (char) =>
    char === '\u007f' ? char : `\\u${hex(char.charCodeAt(0), 4)}`,
  );
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0');
}
