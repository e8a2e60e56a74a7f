/**
 * Durations and timestamps without a clock: proleptic Gregorian dates from day counts.
 * Upstream: cel-go's common/types/duration.go and timestamp.go. Named time zones are left out.
 */
import type { FunctionTable } from './function-table.ts';
import { CelError, Duration, Timestamp, type CelValue } from './values.ts';

const SECOND = 1_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};
const MAX = 2n ** 63n - 1n;

/** Nanoseconds of `1h30m`, as Go reads durations; undefined where it would not. */
export function parseDuration(text: string): bigint | undefined {
  const match = /^([+-]?)(.+)$/.exec(text);
  if (!match) return undefined;
  const [, sign, body = ''] = match;
  if (body === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let nanos = 0n;
  for (const part of body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const [, whole = '', fraction = '', unit = 's'] = part;
    const scale = UNITS[unit] ?? 1n;
    nanos += BigInt(whole || '0') * scale;
    if (fraction) nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  if (nanos > MAX) return undefined;
  return sign === '-' ? -nanos : nanos;
}

/** Seconds with an `s`, as CEL prints a duration. */
export function formatDuration(nanos: bigint): string {
  const sign = nanos < 0n ? '-' : '';
  const amount = nanos < 0n ? -nanos : nanos;
  return `${sign}${amount / SECOND}${fractionText(amount % SECOND)}s`;
}

function fractionText(nanos: bigint): string {
  if (nanos === 0n) return '';
  return `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Nanoseconds since 1970; undefined where the text is not RFC 3339. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const valid = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!valid || hour > 23 || minute > 59 || second > 59 || year < 1) return undefined;
  const offset = offsetMinutes(match[8] ?? 'Z') ?? 0;
  const minutes = (daysFromCivil(year, month, day) * 24 + hour) * 60 + minute - offset;
  const nanos = BigInt((match[7] ?? '').padEnd(9, '0').slice(0, 9));
  return (BigInt(minutes) * 60n + BigInt(second)) * SECOND + nanos;
}

export function formatTimestamp(nanos: bigint): string {
  const it = civil(nanos, 0);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(it.year).padStart(4, '0')}-${two(it.month)}-${two(it.day)}`;
  const time = `${two(it.hour)}:${two(it.minute)}:${two(it.second)}`;
  return `${date}T${time}${fractionText(it.nanos)}Z`;
}

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: bigint;
  readonly dayOfWeek: number;
  readonly dayOfYear: number;
}

function civil(nanos: bigint, offset: number): Civil {
  const shifted = nanos + BigInt(offset) * 60n * SECOND;
  let seconds = shifted / SECOND;
  let rest = shifted % SECOND;
  if (rest < 0n) {
    rest += SECOND;
    seconds -= 1n;
  }
  const total = Number(seconds);
  const days = Math.floor(total / 86_400);
  const inDay = total - days * 86_400;
  const { year, month, day } = civilFromDays(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(inDay / 3600),
    minute: Math.floor((inDay % 3600) / 60),
    second: inDay % 60,
    nanos: rest,
    dayOfWeek: (((days + 4) % 7) + 7) % 7,
    dayOfYear: days - daysFromCivil(year, 1, 1),
  };
}

function daysInMonth(year: number, month: number): number {
  const [next, nextYear] = month === 12 ? [1, year + 1] : [month + 1, year];
  return daysFromCivil(nextYear, next, 1) - daysFromCivil(year, month, 1);
}

/** Days since 1970-01-01; the year is counted from March so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

function offsetMinutes(text: string): number | undefined {
  if (text === 'UTC' || /^[Zz]$/.test(text)) return 0;
  const match = /^([+-]?)(\d{2}):(\d{2})$/.exec(text);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/** A part of a timestamp, in UTC or in the zone that the second argument names. */
function part(read: (it: Civil) => number) {
  return ([time, zone]: readonly CelValue[]): CelValue | undefined => {
    if (!(time instanceof Timestamp)) return undefined;
    const zoneName = typeof zone === 'string' ? zone : '';
    const offset = zone === undefined ? 0 : typeof zone === 'string' ? offsetMinutes(zone) : NaN;
    if (offset === undefined) throw new CelError(`unknown time zone ${zoneName}`);
    return BigInt(read(civil(time.nanos, offset)));
  };
}

function span(nanosPerUnit: bigint) {
  return ([a]: readonly CelValue[]): CelValue | undefined =>
    a instanceof Duration ? a.nanos / nanosPerUnit : undefined;
}

function millisOfSpan([a]: readonly CelValue[]): CelValue | undefined {
  return a instanceof Duration ? (a.nanos / 1_000_000n) % 1000n : undefined;
}

export const TIME_FUNCTIONS: FunctionTable = {
  '.getFullYear': [part((it) => it.year)],
  '.getMonth': [part((it) => it.month - 1)],
  '.getDate': [part((it) => it.day)],
  '.getDayOfMonth': [part((it) => it.day - 1)],
  '.getDayOfWeek': [part((it) => it.dayOfWeek)],
  '.getDayOfYear': [part((it) => it.dayOfYear)],
  '.getHours': [part((it) => it.hour), span(3600n * SECOND)],
  '.getMinutes': [part((it) => it.minute), span(60n * SECOND)],
  '.getSeconds': [part((it) => it.second), span(SECOND)],
  '.getMilliseconds': [part((it) => Number(it.nanos / 1_000_000n)), millisOfSpan],
};
