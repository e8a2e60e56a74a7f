/**
 * Cron schedules as github.com/robfig/cron/v3 reads them (ParseStandard), and its words for what
 * it cannot read. What the fields mean in time is left out.
 */
import { goQuote } from './machinery/index.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = [
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
];

const PANIC = 'runtime error: slice bounds out of range [:-1]';

/** What is wrong with a schedule; undefined where nothing is. */
export function cronFault(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  let spec = schedule;
  if (spec.startsWith('TZ=') || spec.startsWith('CRON_TZ=')) {
    const space = spec.indexOf(' ');
    // A zone and nothing else makes the parser panic, and upstream says how.
    if (space === -1) return `invalid schedule format: ${PANIC}`;
    const zone = spec.slice(spec.indexOf('=') + 1, space);
    const fault = timeZoneFault(zone);
    if (fault !== undefined) return `provided bad location ${zone}: ${fault}`;
    spec = spec.slice(space).trim();
  }
  if (spec.startsWith('@')) return descriptorFault(spec);
  const fields = spec.split(/\s+/).filter((it) => it !== '');
  if (fields.length !== FIELDS.length) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [i, bounds] of FIELDS.entries()) {
    for (const range of (fields[i] ?? '').split(',')) {
      const fault = range === '' ? undefined : rangeFault(range, bounds);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function rangeFault(range: string, bounds: Bounds): string | undefined {
  const [ends = '', step, ...moreSteps] = range.split('/');
  const [low = '', high, ...moreEnds] = ends.split('-');
  const all = low === '*' || low === '?';
  let start: number | string = bounds.min;
  let end: number | string = bounds.max;
  if (!all) {
    start = parseNumber(low, bounds.names);
    if (typeof start === 'string') return start;
    if (moreEnds.length > 0) return `too many hyphens: ${range}`;
    end = high === undefined ? start : parseNumber(high, bounds.names);
    if (typeof end === 'string') return end;
  }
  let every: number | string = 1;
  if (moreSteps.length > 0) return `too many slashes: ${range}`;
  if (step !== undefined) {
    every = parseNumber(step, undefined);
    if (typeof every === 'string') return every;
    if (high === undefined) end = bounds.max;
  }
  if (start < bounds.min) {
    return `beginning of range (${start}) below minimum (${bounds.min}): ${range}`;
  }
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${range}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`;
  return every === 0 ? `step of range should be a positive number: ${range}` : undefined;
}

/** A number, or what is wrong with the text. */
function parseNumber(text: string, names: readonly string[] | undefined): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return names === MONTHS ? named + 1 : named;
  if (!/^[+-]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
    return `failed to parse int from ${text}: ${why}`;
  }
  const number = Number(text);
  if (!Number.isSafeInteger(number)) {
    const why = `strconv.Atoi: parsing ${goQuote(text)}: value out of range`;
    return `failed to parse int from ${text}: ${why}`;
  }
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number;
}

function descriptorFault(descriptor: string): string | undefined {
  if (DESCRIPTORS.includes(descriptor)) return undefined;
  if (!descriptor.startsWith('@every ')) return `unrecognized descriptor: ${descriptor}`;
  const fault = durationFault(descriptor.slice('@every '.length));
  return fault === undefined ? undefined : `failed to parse duration ${descriptor}: ${fault}`;
}

/** What Go's time.ParseDuration says of a text. */
function durationFault(text: string): string | undefined {
  const rest = text.replace(/^[+-]/, '');
  if (rest === '0') return undefined;
  if (rest === '') return `time: invalid duration ${goQuote(text)}`;
  let at = 0;
  while (at < rest.length) {
    const match = /^(?:\d+\.?\d*|\.\d+)/.exec(rest.slice(at, at + 40));
    if (!match) return `time: invalid duration ${goQuote(text)}`;
    at += match[0].length;
    const unit = /^[^.\d]*/.exec(rest.slice(at, at + 40))?.[0] ?? '';
    if (unit === '') return `time: missing unit in duration ${goQuote(text)}`;
    if (!['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'].includes(unit)) {
      return `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`;
    }
    at += unit.length;
  }
  return undefined;
}

/** What Go's time.LoadLocation says of a name; the zones are those of the host's own data. */
export function timeZoneFault(name: string): string | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return undefined;
  // A file of the time zone database that says which time zone the host has: none.
  if (name === 'Factory') return undefined;
  const unknown = `unknown time zone ${name}`;
  if (!/^[A-Za-z]/.test(name)) return unknown;
  try {
    const resolved = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    // Names are files to Go, so their case counts.
    const sameName = resolved.toLowerCase() === name.toLowerCase();
    return sameName && resolved !== name ? unknown : undefined;
  } catch {
    return unknown;
  }
}
