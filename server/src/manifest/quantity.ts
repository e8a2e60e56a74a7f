/**
 * Resource quantities, exact: `250m`, `1Gi`, `1e3`.
 * Follows staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go: values are kept in
 * nano-units, finer ones are rounded up, and the canonical form is the server's.
 */

/** How a quantity was written, which decides how it is printed. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount in nano-units, and its format. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const SUFFIX = /^(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
/** The largest absolute value upstream keeps of binary quantities: 2^63 - 1 units. */
const MAX_NANO = (2n ** 63n - 1n) * NANO;
/** Exponents beyond are cut, so that a text cannot ask for a number of millions of digits. */
const MAX_EXPONENT = 1000;

/** Why the server would refuse a text as a quantity, in its words; undefined where it would not. */
export function quantityFault(text: string): string | undefined {
  const match = text === '' ? null : SYNTAX.exec(text);
  if (!match) {
    return (
      'quantities must match the regular expression ' +
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    );
  }
  return SUFFIX.test(match[4] ?? '') ? undefined : "unable to parse quantity's suffix";
}

/** The text or number as a quantity; undefined where the server would refuse it. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const match = text === '' ? null : SYNTAX.exec(String(text));
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (!SUFFIX.test(suffix)) return undefined;
  let numerator = BigInt(whole + fraction || '0');
  let denominator = 10n ** BigInt(fraction.length);
  let format: QuantityFormat = 'DecimalSI';
  const binary = BINARY[suffix];
  if (binary !== undefined) {
    format = 'BinarySI';
    numerator *= 2n ** BigInt(binary);
  } else {
    let exponent = DECIMAL[suffix];
    if (exponent === undefined) {
      format = 'DecimalExponent';
      exponent = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(suffix.slice(1))));
    }
    if (exponent >= 0) numerator *= 10n ** BigInt(exponent);
    else denominator *= 10n ** BigInt(-exponent);
  }
  // What is finer than a nano-unit is rounded away from zero, as upstream rounds up.
  let nano = (numerator * NANO + denominator - 1n) / denominator;
  if (format === 'BinarySI' && nano > MAX_NANO) nano = MAX_NANO;
  // Less than one is no matter of powers of two.
  if (format === 'BinarySI' && nano > 0n && nano < NANO) format = 'DecimalSI';
  return { nano: sign === '-' ? -nano : nano, format };
}

/** Digits that Go's quick way can hold, and the finest scale it knows. */
const QUICK_DIGITS = 18;
const FINEST_SCALE = -9;

/**
 * The text the server would store: the canonical one, or what was written where the server takes
 * it for canonical without looking closer (`+5`, `1.500`, `01Gi`).
 */
export function storedQuantity(text: string): string {
  const quantity = parseQuantity(text);
  if (!quantity) return text;
  const [, , written = '', fraction = '', suffix = ''] = SYNTAX.exec(text) ?? [];
  const whole = written.replace(/^0+(?=.)/, '') || '0';
  const digits = whole + fraction;
  const binary = BINARY[suffix];
  if (binary !== undefined) {
    // Bits of the suffix count as about three tenths of a digit.
    const isQuick = fraction === '' && 14 - whole.length - Math.trunc((binary * 3) / 10) >= 0;
    return isQuick && (BigInt(digits) & 7n) !== 0n ? text : formatQuantity(quantity);
  }
  const exponent = DECIMAL[suffix] ?? Number(suffix.slice(1));
  const scale = exponent - fraction.length;
  const isQuick = digits.length <= QUICK_DIGITS && scale >= FINEST_SCALE;
  const isKept = scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
  return isQuick && isKept ? text : formatQuantity(quantity);
}

/** The canonical text the server would store. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const amount = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && amount >= 1024n * NANO && amount % NANO === 0n) {
    let value = amount / NANO;
    let suffix = '';
    for (const next of ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']) {
      if (value % 1024n !== 0n) break;
      value /= 1024n;
      suffix = next;
    }
    return `${sign}${value}${suffix}`;
  }
  const thousands = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
  let value = amount;
  let step = 0;
  // Only exponents go on beyond E.
  const last = format === 'DecimalExponent' ? MAX_EXPONENT : thousands.length - 1;
  while (step < last && value % 1000n === 0n) {
    value /= 1000n;
    step++;
  }
  if (format === 'DecimalExponent') {
    const exponent = step * 3 - 9;
    return exponent === 0 ? `${sign}${value}` : `${sign}${value}e${exponent}`;
  }
  return `${sign}${value}${thousands[step]}`;
}

/** Whole units, rounded up (upstream `Value`). */
export function quantityValue(quantity: Quantity): bigint {
  return ceilDivide(quantity.nano, NANO);
}

/** Thousandths, rounded up (upstream `MilliValue`). */
export function quantityMilliValue(quantity: Quantity): bigint {
  return ceilDivide(quantity.nano, 1_000_000n);
}

/** Whole units of a text as a number, rounded up; 0 where it cannot be read. */
export function unitsOf(text: string | number | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity ? Number(quantityValue(quantity)) : 0;
}

/** Thousandths of a text as a number, rounded up; 0 where it cannot be read. */
export function milliUnitsOf(text: string | number | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity ? Number(quantityMilliValue(quantity)) : 0;
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b > 0n ? quotient + 1n : quotient;
}
