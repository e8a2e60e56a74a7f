/**
 * The shortest time between two slots of a cron schedule, as robfig/cron reads it. Months and days
 * only make gaps longer, so of them it counts whether days follow each other; the hour that daylight
 * saving time takes or gives is left out.
 */
import { cronFault } from './cron-schedule.ts';

const DAY = 24 * 60;
const DESCRIPTORS: Readonly<Record<string, number>> = {
  '@hourly': 60,
  '@daily': DAY,
  '@midnight': DAY,
  '@weekly': 7 * DAY,
  '@monthly': 28 * DAY,
  '@yearly': 365 * DAY,
  '@annually': 365 * DAY,
};
const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Seconds between two slots at least; undefined for a schedule that the server refuses. */
export function cronIntervalSeconds(schedule: string): number | undefined {
  if (cronFault(schedule) !== undefined) return undefined;
  const spec = schedule.replace(/^(?:CRON_)?TZ=\S*\s+/, '').trim();
  if (spec.startsWith('@every ')) return everySeconds(spec.slice('@every '.length));
  if (spec.startsWith('@')) {
    const minutes = DESCRIPTORS[spec];
    return minutes === undefined ? undefined : minutes * 60;
  }
  const [minute = '', hour = '', dayOfMonth = '', , dayOfWeek = ''] = spec.split(/\s+/);
  const hours = valuesOf(hour, 0, 23);
  const minutes = valuesOf(minute, 0, 59);
  const slots = hours.flatMap((h) => minutes.map((m) => h * 60 + m));
  const gaps = slots.slice(1).map((it, i) => it - (slots[i] ?? 0));
  const [first = 0] = slots;
  const everyDay = isAll(dayOfMonth) && isAll(dayOfWeek);
  const oneWeekday = isAll(dayOfMonth) && /^\d$|^[a-z]{3}$/i.test(dayOfWeek);
  const days = everyDay || !oneWeekday ? 1 : 7;
  const overNight = first + days * DAY - (slots.at(-1) ?? 0);
  return Math.min(...gaps, overNight) * 60;
}

function isAll(field: string): boolean {
  return field === '*' || field === '?';
}

/** The values of a field that the server accepts, in order. */
function valuesOf(field: string, min: number, max: number): readonly number[] {
  const values = new Set<number>();
  for (const range of field.split(',')) {
    const [ends = '', step] = range.split('/');
    const [low = '', high] = ends.split('-');
    const start = isAll(low) ? min : Number(low);
    const single = high === undefined && step === undefined && !isAll(low);
    const end = single ? start : high === undefined ? max : Number(high);
    for (let it = start; it <= end; it += Number(step ?? 1)) values.add(it);
  }
  return [...values].toSorted((a, b) => a - b);
}

/** A duration of Go in seconds; robfig rounds it down to whole seconds, at least one. */
function everySeconds(text: string): number {
  let seconds = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    seconds += Number(amount) * (UNITS[unit] ?? 0);
  }
  return Math.max(1, Math.floor(seconds));
}
