/**
 * Functions on strings: the standard ones, the strings extension (version 2) and Kubernetes'
 * regular expressions. Upstream: cel-go's ext/strings.go, apiserver's pkg/cel/library/regex.go.
 */
import { formatDouble } from './conversions.ts';
import type { CelFunction, FunctionTable } from './function-table.ts';
import { findPattern, matchesPattern } from './patterns.ts';
import { formatDuration, formatTimestamp } from './time.ts';
import { codePoints, fromUtf8, utf8 } from './tokens.ts';
import {
  celCompare,
  CelError,
  Duration,
  isList,
  MapValue,
  Timestamp,
  typeName,
  TypeValue,
  Uint,
  type CelValue,
} from './values.ts';

/** What Go's unicode.IsSpace knows, at both ends. */
const OUTER_SPACE = /^(?:(?!\uFEFF)[\s\u0085])+|(?:(?!\uFEFF)[\s\u0085])+$/gu;

/** A function of strings alone. */
function onStrings(count: number, run: (...texts: string[]) => CelValue): CelFunction {
  return (args) => {
    if (args.length !== count) return undefined;
    const texts = args.filter((it) => typeof it === 'string');
    return texts.length === count ? run(...texts) : undefined;
  };
}

function isInt(value: CelValue | undefined): value is bigint {
  return typeof value === 'bigint';
}

const charAt: CelFunction = ([text, at]) => {
  if (typeof text !== 'string' || !isInt(at)) return undefined;
  const chars = codePoints(text);
  if (at < 0n || at > BigInt(chars.length)) throw new CelError(`index out of range: ${at}`);
  return chars[Number(at)] ?? '';
};

function search(last: boolean): CelFunction {
  return ([text, part, offset, ...rest]) => {
    if (rest.length > 0) return undefined;
    if (typeof text !== 'string' || typeof part !== 'string') return undefined;
    if (offset !== undefined && !isInt(offset)) return undefined;
    const chars = codePoints(text);
    const wanted = codePoints(part);
    if (offset !== undefined && (offset < 0n || offset > BigInt(chars.length))) {
      throw new CelError(`index out of range: ${offset}`);
    }
    const most = chars.length - wanted.length;
    const start = Number(offset ?? (last ? most : 0));
    const fits = (at: number): boolean => wanted.every((it, k) => chars[at + k] === it);
    if (last) {
      for (let at = Math.min(start, most); at >= 0; at--) if (fits(at)) return BigInt(at);
    } else {
      for (let at = start; at <= most; at++) if (fits(at)) return BigInt(at);
    }
    return -1n;
  };
}

const replace: CelFunction = ([text, from, to, limit, ...rest]) => {
  if (rest.length > 0) return undefined;
  if (typeof text !== 'string' || typeof from !== 'string' || typeof to !== 'string') {
    return undefined;
  }
  if (limit === undefined || (isInt(limit) && limit < 0n)) return text.split(from).join(to);
  if (!isInt(limit)) return undefined;
  const pieces = text.split(from);
  const count = Math.min(Number(limit), pieces.length - 1);
  return (
    pieces.slice(0, count + 1).join(to) +
    pieces
      .slice(count + 1)
      .map((it) => from + it)
      .join('')
  );
};

const split: CelFunction = ([text, separator, limit, ...rest]) => {
  if (rest.length > 0) return undefined;
  if (typeof text !== 'string' || typeof separator !== 'string') return undefined;
  const pieces = separator === '' ? codePoints(text) : text.split(separator);
  if (limit === undefined) return pieces;
  if (!isInt(limit)) return undefined;
  if (limit === 0n) return [];
  if (limit < 0n || limit >= BigInt(pieces.length)) return pieces;
  const count = Number(limit);
  return [...pieces.slice(0, count - 1), pieces.slice(count - 1).join(separator)];
};

const substring: CelFunction = ([text, from, to, ...rest]) => {
  if (rest.length > 0) return undefined;
  if (typeof text !== 'string' || !isInt(from)) return undefined;
  if (to !== undefined && !isInt(to)) return undefined;
  const chars = codePoints(text);
  const end = to ?? BigInt(chars.length);
  const bad = [from, end].find((it) => it < 0n || it > BigInt(chars.length));
  if (bad !== undefined) throw new CelError(`index out of range: ${bad}`);
  if (from > end) throw new CelError(`invalid substring range. start: ${from}, end: ${end}`);
  return chars.slice(Number(from), Number(end)).join('');
};

const join: CelFunction = ([list, separator = '']) => {
  if (list === undefined || !isList(list) || typeof separator !== 'string') return undefined;
  const texts = list.filter((it) => typeof it === 'string');
  if (texts.length < list.length) throw new CelError('no such overload');
  return texts.join(separator);
};

/** ASCII letters only, as the extension has it. */
function changeCase(text: string, pattern: RegExp, shift: number): string {
  return text.replace(pattern, (it) => String.fromCodePoint((it.codePointAt(0) ?? 0) + shift));
}

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${codePoints(text)
    .map((it) => QUOTED[it] ?? it)
    .join('')}"`;
}

const format: CelFunction = ([text, args]) => {
  if (typeof text !== 'string' || args === undefined || !isList(args)) return undefined;
  let next = 0;
  return text.replace(/%(?:\.(\d+))?(.)?/gs, (_, precision: string | undefined, verb?: string) => {
    if (verb === '%') return '%';
    const arg = args[next];
    if (arg === undefined) throw new CelError(`index ${next} out of range`);
    next++;
    return formatOne(verb ?? '', arg, precision === undefined ? 6 : Number(precision));
  });
};

function formatOne(verb: string, arg: CelValue, precision: number): string {
  const number = arg instanceof Uint ? arg.value : arg;
  const isNumber = typeof number === 'bigint' || typeof number === 'number';
  const wrong = (what: string): CelError =>
    new CelError(`error during formatting: ${what}, was given ${typeName(arg)}`);
  switch (verb) {
    case 's':
      return textOf(arg);
    case 'd':
      if (!isNumber) throw wrong('decimal clause can only be used on integers and doubles');
      return textOf(number);
    case 'f':
      if (!isNumber) throw wrong('fixed-point clause can only be used on doubles');
      return toFixed(Number(number), precision);
    case 'e': {
      if (!isNumber) throw wrong('scientific clause can only be used on doubles');
      return Number(number)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    }
    case 'b':
      if (typeof arg === 'boolean') return arg ? '1' : '0';
      if (typeof number === 'bigint') return number.toString(2);
      throw wrong('only integers and bools can be formatted as binary');
    case 'o':
      if (typeof number === 'bigint') return number.toString(8);
      throw wrong('octal clause can only be used on integers');
    case 'x':
    case 'X': {
      const hex = hexOf(arg, number);
      if (hex === undefined) {
        throw wrong('only integers, byte buffers, and strings can be formatted as hex');
      }
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    default:
      throw new CelError(
        `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
      );
  }
}

/** Digits behind the wanted ones that tell whether a number lies exactly between two. */
const MORE_DIGITS = 30;
const HALF = `5${'0'.repeat(MORE_DIGITS - 1)}`;

/** As Go's `%.nf`: what lies exactly in the middle goes to the even digit. */
function toFixed(value: number, precision: number): string {
  const text = value.toFixed(precision);
  if (precision + MORE_DIGITS > 100) return text;
  const exact = value.toFixed(precision + MORE_DIGITS);
  if (!exact.endsWith(HALF)) return text;
  const cut = exact.slice(0, -MORE_DIGITS).replace(/\.$/, '');
  return /[02468]$/.test(cut) ? cut : text;
}

function hexOf(arg: CelValue, number: CelValue): string | undefined {
  if (typeof number === 'bigint') return number.toString(16);
  const bytes =
    typeof arg === 'string' ? utf8(arg) : arg instanceof Uint8Array ? [...arg] : undefined;
  return bytes?.map((it) => it.toString(16).padStart(2, '0')).join('');
}

function textOf(value: CelValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatDouble(value).replace(/^\+?(-?)Inf$/, '$1Infinity');
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return fromUtf8(value) ?? '\uFFFD';
  if (value instanceof Duration) return formatDuration(value.nanos);
  if (value instanceof Timestamp) return formatTimestamp(value.nanos);
  if (value instanceof TypeValue) return value.name;
  if (isList(value)) return `[${value.map((it) => textOf(it)).join(', ')}]`;
  if (value instanceof MapValue) {
    const keys = value.keys().sort((a, b) => celCompare(textOf(a), textOf(b)));
    return `{${keys.map((it) => `${textOf(it)}: ${textOf(value.get(it) ?? null)}`).join(', ')}}`;
  }
  throw new CelError(
    'error during formatting: string clause can only be used on strings, bools, bytes, ints, ' +
      `doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
  );
}

const findAll: CelFunction = ([text, pattern, limit]) => {
  if (typeof text !== 'string' || typeof pattern !== 'string') return undefined;
  if (limit !== undefined && !isInt(limit)) return undefined;
  const most = limit === undefined || limit < 0n ? Infinity : Number(limit);
  return findPattern(text, pattern, most);
};

export const STRING_FUNCTIONS: FunctionTable = {
  '.contains': [onStrings(2, (a, b) => a.includes(b))],
  '.startsWith': [onStrings(2, (a, b) => a.startsWith(b))],
  '.endsWith': [onStrings(2, (a, b) => a.endsWith(b))],
  '.matches': [onStrings(2, matchesPattern)],
  matches: [onStrings(2, matchesPattern)],
  '.charAt': [charAt],
  '.indexOf': [search(false)],
  '.lastIndexOf': [search(true)],
  '.join': [join],
  '.lowerAscii': [onStrings(1, (it) => changeCase(it, /[A-Z]/g, 32))],
  '.upperAscii': [onStrings(1, (it) => changeCase(it, /[a-z]/g, -32))],
  '.replace': [replace],
  '.split': [split],
  '.substring': [substring],
  '.trim': [onStrings(1, (it) => it.replace(OUTER_SPACE, ''))],
  '.format': [format],
  'strings.quote': [onStrings(1, quote)],
  '.find': [onStrings(2, (text, pattern) => findPattern(text, pattern, 1)[0] ?? '')],
  '.findAll': [findAll],
};
