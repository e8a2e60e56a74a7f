/** `int()`, `string()`, `size()` and their like. Upstream: cel-go's common/types, stdlib. */
import type { FunctionTable } from './function-table.ts';
import { checkInt, checkUint } from './operators.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts';
import { codePoints, fromUtf8, utf8 } from './tokens.ts';
import {
  CelError,
  Duration,
  isList,
  isOpaque,
  MapValue,
  Timestamp,
  typeName,
  TypeValue,
  Uint,
  type CelValue,
  type Opaque,
} from './values.ts';

function conversionError(from: CelValue, to: string): CelError {
  return new CelError(`type conversion error from '${typeName(from)}' to '${to}'`);
}

function toInt([a]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'bigint') return a;
  if (a instanceof Uint) return checkInt(a.value);
  if (typeof a === 'number') {
    if (!(Math.abs(a) < 2 ** 63)) throw new CelError('integer overflow');
    return BigInt(Math.trunc(a));
  }
  if (a instanceof Timestamp) return floorSeconds(a.nanos);
  if (typeof a !== 'string') return undefined;
  if (!/^[+-]?\d+$/.test(a)) throw conversionError(a, 'int');
  const value = BigInt(a.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) throw conversionError(a, 'int');
  return value;
}

function floorSeconds(nanos: bigint): bigint {
  const quotient = nanos / 1_000_000_000n;
  return nanos % 1_000_000_000n < 0n ? quotient - 1n : quotient;
}

function toUint([a]: readonly CelValue[]): CelValue | undefined {
  if (a instanceof Uint) return a;
  if (typeof a === 'bigint') return checkUint(a);
  if (typeof a === 'number') {
    if (!(a >= 0 && a < 2 ** 64)) throw new CelError('unsigned integer overflow');
    return new Uint(BigInt(Math.trunc(a)));
  }
  if (typeof a !== 'string') return undefined;
  if (!/^\d+$/.test(a) || BigInt(a) >= 2n ** 64n) throw conversionError(a, 'uint');
  return new Uint(BigInt(a));
}

function toDouble([a]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'number') return a;
  if (typeof a === 'bigint') return Number(a);
  if (a instanceof Uint) return Number(a.value);
  if (typeof a !== 'string') return undefined;
  if (/^[+-]?nan$/i.test(a)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(a);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(a)) throw conversionError(a, 'double');
  return Number(a);
}

function toText([a]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'string') return a;
  if (typeof a === 'bigint' || typeof a === 'boolean') return String(a);
  if (typeof a === 'number') return formatDouble(a);
  if (a instanceof Uint) return String(a.value);
  if (a instanceof Duration) return formatDuration(a.nanos);
  if (a instanceof Timestamp) return formatTimestamp(a.nanos);
  if (!(a instanceof Uint8Array)) return undefined;
  const text = fromUtf8(a);
  if (text === undefined) throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  return text;
}

/** As Go prints a float by `%g` with the fewest digits. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}

const TRUE_TEXTS = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE_TEXTS = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

function toBool([a]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'boolean') return a;
  if (typeof a !== 'string') return undefined;
  if (TRUE_TEXTS.includes(a)) return true;
  if (FALSE_TEXTS.includes(a)) return false;
  throw conversionError(a, 'bool');
}

function toBytes([a]: readonly CelValue[]): CelValue | undefined {
  if (a instanceof Uint8Array) return a;
  return typeof a === 'string' ? Uint8Array.from(utf8(a)) : undefined;
}

function toDuration([a]: readonly CelValue[]): CelValue | undefined {
  if (a instanceof Duration) return a;
  if (typeof a === 'bigint') return new Duration(a);
  if (typeof a !== 'string') return undefined;
  const nanos = parseDuration(a);
  if (nanos === undefined) throw conversionError(a, 'google.protobuf.Duration');
  return new Duration(nanos);
}

function toTimestamp([a]: readonly CelValue[]): CelValue | undefined {
  if (a instanceof Timestamp) return a;
  if (typeof a === 'bigint') return new Timestamp(a * 1_000_000_000n);
  if (typeof a !== 'string') return undefined;
  const nanos = parseTimestamp(a);
  if (nanos === undefined) throw conversionError(a, 'google.protobuf.Timestamp');
  return new Timestamp(nanos);
}

function size([a]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'string') return BigInt(codePoints(a).length);
  if (a instanceof MapValue) return BigInt(a.size);
  if (a instanceof Uint8Array) return BigInt(a.length);
  if (a !== undefined && isList(a)) return BigInt(a.length);
  // Size has no overloads of its own at run time, so it fails with its name alone.
  throw new CelError('no such overload: size');
}

export const CONVERSIONS: FunctionTable = {
  int: [toInt],
  uint: [toUint],
  double: [toDouble],
  string: [toText, ([a]) => (a !== undefined && isOpaque(a) ? opaqueText(a) : undefined)],
  bool: [toBool],
  bytes: [toBytes],
  duration: [toDuration],
  timestamp: [toTimestamp],
  dyn: [([a]) => a],
  type: [([a]) => (a === undefined ? undefined : new TypeValue(typeName(a)))],
  size: [size],
  '.size': [size],
};

/** Addresses have a text; quantities have none in CEL. */
function opaqueText(value: Opaque): CelValue | undefined {
  const { typeName: name } = value;
  return name === 'net.IP' || name === 'net.CIDR' ? value.toString() : undefined;
}
