/**
 * What a scalar means to goyaml.v2 (resolve.go): `y`, `on` and their like are booleans, `017` and
 * `0o17` are octal, numbers with colons are texts.
 */
import { YamlFault } from './token.ts';

/** A value as goyaml.v2 resolves it; integers beyond 2^53 stay exact. */
export type ResolvedScalar = string | number | bigint | boolean | null;

type Tag = 'str' | 'int' | 'float' | 'bool' | 'null' | 'merge';

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUES = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSES = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[bB]([01]+)|0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;
const PREFIX = 'tag:yaml.org,2002:';
const MAX_INT64 = 2n ** 63n;
const MAX_UINT64 = 2n ** 64n;

/** The value of a scalar written without quotes and tag. */
export function resolvePlain(text: string): ResolvedScalar {
  return resolve(text).value;
}

/** The value of a tagged scalar. Throws YamlFault where the text is none of the tag's. */
export function resolveTagged(tag: string, text: string, mark: YamlFault['mark']): ResolvedScalar {
  const short = tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : '';
  if (short === 'binary') return decodeBinary(text, mark);
  if (short === 'str' || !['bool', 'int', 'float', 'null', 'timestamp'].includes(short)) {
    return text;
  }
  const { tag: found, value } = resolve(text);
  if (found === short || (short === 'timestamp' && isTimestamp(text))) return value;
  if (short === 'float' && found === 'int') return Number(value);
  throw new YamlFault(`cannot decode !!${found} \`${text}\` as a !!${short}`, mark);
}

function resolve(text: string): { readonly tag: Tag; readonly value: ResolvedScalar } {
  if (NULLS.has(text)) return { tag: 'null', value: null };
  if (TRUES.test(text)) return { tag: 'bool', value: true };
  if (FALSES.test(text)) return { tag: 'bool', value: false };
  if (text === '<<') return { tag: 'merge', value: text };
  const special = specialFloat(text);
  if (special !== undefined) return { tag: 'float', value: special };
  const first = text.charAt(0);
  if (first === '.') {
    const number = FLOAT.test(text) ? Number(text) : Infinity;
    if (Number.isFinite(number)) return { tag: 'float', value: number };
  } else if (/[-+0-9]/.test(first)) {
    const plain = text.replaceAll('_', '');
    const integer = resolveInteger(plain);
    if (integer !== undefined) return { tag: 'int', value: integer };
    const number = FLOAT.test(plain) ? Number(plain) : Infinity;
    if (Number.isFinite(number)) return { tag: 'float', value: number };
  }
  return { tag: 'str', value: text };
}

function specialFloat(text: string): number | undefined {
  if (/^[+-]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : undefined;
}

function resolveInteger(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text);
  if (!match || text.length > 80) return undefined;
  const [, sign, binary, hex, octal, decimal = '0'] = match;
  const digits = binary ? `0b${binary}` : hex ? `0x${hex}` : octal ? `0o${octal}` : decimal;
  const amount = BigInt(digits);
  // What a signed text cannot hold may still fit an unsigned one.
  const fits = sign === '-' ? amount <= MAX_INT64 : amount < (sign === '' ? MAX_UINT64 : MAX_INT64);
  if (!fits) return undefined;
  const value = sign === '-' ? -amount : amount;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 to the text that its bytes are in UTF-8; what is no UTF-8 becomes U+FFFD. */
function decodeBinary(text: string, mark: YamlFault['mark']): string {
  const packed = text.replaceAll(/[\r\n]/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    throw new YamlFault('!!binary value contains invalid base64 data', mark);
  }
  let escaped = '';
  let bits = 0;
  let count = 0;
  for (const char of packed.replaceAll('=', '')) {
    bits = ((bits << 6) | BASE64.indexOf(char)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    escaped += `%${((bits >> count) & 255).toString(16).padStart(2, '0')}`;
  }
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped
      .replaceAll(/%[89a-f][0-9a-f]/g, '\ufffd')
      .replaceAll(/%([0-7].)/g, (_, hex) => String.fromCharCode(Number.parseInt(String(hex), 16)));
  }
}

function isTimestamp(text: string): boolean {
  return /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]|$)/.test(text);
}
