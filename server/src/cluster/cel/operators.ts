/** Arithmetic, comparison and `in`, with CEL's overflows. Upstream: cel-go's common/types. */
import type { FunctionTable } from './function-table.ts';
import { Budget } from './scope.ts';
import {
  celCompare,
  celEquals,
  CelError,
  Duration,
  isList,
  MapValue,
  OptionalValue,
  Timestamp,
  Uint,
  type CelValue,
} from './values.ts';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const MAX_UINT = 2n ** 64n - 1n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. */
const MIN_TIME = -62_135_596_800_000_000_000n;
const MAX_TIME = 253_402_300_799_999_999_999n;

export function checkInt(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new CelError('integer overflow');
  return value;
}

export function checkUint(value: bigint): Uint {
  if (value > MAX_UINT || value < 0n) throw new CelError('unsigned integer overflow');
  return new Uint(value);
}

export function checkDuration(nanos: bigint): Duration {
  if (nanos > MAX_INT || nanos < MIN_INT) throw new CelError('duration overflow');
  return new Duration(nanos);
}

export function checkTimestamp(nanos: bigint): Timestamp {
  if (nanos > MAX_TIME || nanos < MIN_TIME) throw new CelError('timestamp overflow');
  return new Timestamp(nanos);
}

/** An operation on two numbers of one type. */
function arithmetic(
  ints: (a: bigint, b: bigint) => bigint,
  doubles: ((a: number, b: number) => number) | undefined,
) {
  return ([a, b]: readonly CelValue[]): CelValue | undefined => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return checkInt(ints(a, b));
    if (typeof a === 'number' && typeof b === 'number') return doubles?.(a, b);
    if (a instanceof Uint && b instanceof Uint) return checkUint(ints(a.value, b.value));
    return undefined;
  };
}

function add([a, b]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (a === undefined || b === undefined) return undefined;
  if (isList(a) && isList(b)) return [...a, ...b];
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Uint8Array.from([...a, ...b]);
  if (a instanceof Duration && b instanceof Duration) return checkDuration(a.nanos + b.nanos);
  const [time, span] = a instanceof Timestamp ? [a, b] : [b, a];
  if (!(time instanceof Timestamp) || !(span instanceof Duration)) return undefined;
  return checkTimestamp(time.nanos + span.nanos);
}

function subtract([a, b]: readonly CelValue[]): CelValue | undefined {
  if (a instanceof Duration && b instanceof Duration) return checkDuration(a.nanos - b.nanos);
  if (!(a instanceof Timestamp)) return undefined;
  if (b instanceof Timestamp) return checkDuration(a.nanos - b.nanos);
  return b instanceof Duration ? checkTimestamp(a.nanos - b.nanos) : undefined;
}

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('division by zero');
  return a / b;
}

function modulo(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('modulus by zero');
  return a % b;
}

function ordering(holds: (order: number) => boolean) {
  return ([a, b]: readonly CelValue[]): CelValue | undefined =>
    a === undefined || b === undefined ? undefined : holds(celCompare(a, b));
}

function isIn([a, b]: readonly CelValue[]): CelValue | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (b instanceof MapValue) return b.has(a);
  return isList(b) ? b.some((it) => celEquals(it, a)) : undefined;
}

function negate([a]: readonly CelValue[]): CelValue | undefined {
  if (typeof a === 'bigint') return checkInt(-a);
  if (typeof a === 'number') return -a;
  return a instanceof Duration ? checkDuration(-a.nanos) : undefined;
}

export const OPERATORS: FunctionTable = {
  '_+_': [
    arithmetic(
      (a, b) => a + b,
      (a, b) => a + b,
    ),
    add,
  ],
  '_-_': [
    arithmetic(
      (a, b) => a - b,
      (a, b) => a - b,
    ),
    subtract,
  ],
  '_*_': [
    arithmetic(
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  ],
  '_/_': [arithmetic(divide, (a, b) => a / b)],
  '_%_': [arithmetic(modulo, undefined)],
  '_<_': [ordering((it) => it < 0)],
  '_<=_': [ordering((it) => it <= 0)],
  '_>_': [ordering((it) => it > 0)],
  '_>=_': [ordering((it) => it >= 0)],
  '_==_': [([a, b]) => celEquals(a ?? null, b ?? null)],
  '_!=_': [([a, b]) => !celEquals(a ?? null, b ?? null)],
  '@in': [isIn],
  '-_': [negate],
  'optional.of': [([a]) => (a === undefined ? undefined : new OptionalValue(a))],
  'optional.none': [(args) => (args.length === 0 ? new OptionalValue() : undefined)],
  'optional.ofNonZeroValue': [
    ([a]) => (a === undefined ? undefined : new OptionalValue(isZero(a) ? undefined : a)),
  ],
  'optional.unwrap': [unwrapAll],
  '.unwrapOpt': [unwrapAll],
  '.first': [([a]) => (a !== undefined && isList(a) ? new OptionalValue(a[0]) : undefined)],
  '.last': [([a]) => (a !== undefined && isList(a) ? new OptionalValue(a.at(-1)) : undefined)],
  '.hasValue': [([a]) => (a instanceof OptionalValue ? a.value !== undefined : undefined)],
  '.value': [
    ([a]) => {
      if (!(a instanceof OptionalValue)) return undefined;
      if (a.value === undefined) throw new CelError('optional.none() dereference');
      return a.value;
    },
  ],
};

/** The values of the optionals that have one. */
function unwrapAll([list]: readonly CelValue[]): CelValue | undefined {
  if (list === undefined || !isList(list)) return undefined;
  return list.flatMap((it) =>
    it instanceof OptionalValue ? (it.value === undefined ? [] : [it.value]) : [it],
  );
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Uint8Array || isList(value)) return value.length === 0;
  if (value instanceof MapValue) return value.size === 0;
  return value instanceof OptionalValue && value.value === undefined;
}

/** One operator on two values, for functions that use it. */
export function callOperator(name: string, a: CelValue, b: CelValue): CelValue {
  for (const it of OPERATORS[name] ?? []) {
    const value = it([a, b], NO_BUDGET);
    if (value !== undefined) return value;
  }
  throw new CelError('no such overload');
}

const NO_BUDGET = new Budget(0);
