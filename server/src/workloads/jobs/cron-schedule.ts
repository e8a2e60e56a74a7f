/**
 * The slots of a cron schedule in time, in seconds since 1970.
 * Follows spec.go and constantdelay.go of github.com/robfig/cron/v3.
 */
import { readCron, type CronFields } from './cron-fields.ts';

/** The next slot after a time; undefined where none comes within five years. */
export type CronSchedule = (after: number) => number | undefined;

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Undefined for a schedule that cannot be read; without a zone it is the controller's own, UTC. */
export function cronSchedule(schedule: string, timeZone?: string): CronSchedule | undefined {
  const { fields, every, zone = timeZone } = readCron(schedule) ?? {};
  if (every !== undefined) return (after) => Math.floor(after) + every;
  if (!fields) return undefined;
  const clock = new ZoneClock(zone ?? 'UTC');
  return (after) => nextSlot(fields, clock, after);
}

/** Clocks of one time zone. A local time is given in seconds as if it were UTC. */
class ZoneClock {
  readonly #format: Intl.DateTimeFormat | undefined;

  constructor(timeZone: string) {
    if (timeZone === 'UTC') return;
    this.#format = new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  local(time: number): number {
    if (!this.#format) return time;
    const parts = new Map(
      this.#format.formatToParts(time * 1000).map((it) => [it.type, Number(it.value)]),
    );
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const [year, month, day] = [part('year'), part('month'), part('day')];
    const [hour, minute, second] = [part('hour'), part('minute'), part('second')];
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  }

  /** When it is that time of day there; of two such moments, and of none, what Go's Date takes. */
  time(local: number): number {
    const offset = this.local(local) - local;
    const guess = local - offset;
    const after = this.local(guess) - guess;
    return after === offset ? guess : local - after;
  }
}

function nextSlot(fields: CronFields, clock: ZoneClock, after: number): number | undefined {
  let time = (Math.floor(after / MINUTE) + 1) * MINUTE;
  const lastYear = dateOf(clock.local(time)).getUTCFullYear() + 5;
  for (;;) {
    const local = clock.local(time);
    const date = dateOf(local);
    if (date.getUTCFullYear() > lastYear) return undefined;
    const midnight = local - (local % DAY);
    if (!fields.month.values.has(date.getUTCMonth() + 1)) {
      const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 1000;
      time = startOfDay(clock, next);
    } else if (!isDay(fields, date)) time = startOfDay(clock, midnight + DAY);
    else if (!fields.hour.values.has(date.getUTCHours())) time += HOUR - (local % HOUR);
    else if (!fields.minute.values.has(date.getUTCMinutes())) time += MINUTE;
    else return time;
  }
}

/** Where the clocks are set forward at midnight, the day begins an hour later. */
function startOfDay(clock: ZoneClock, midnight: number): number {
  const time = clock.time(midnight);
  const hour = dateOf(clock.local(time)).getUTCHours();
  if (hour === 0) return time;
  return hour > 12 ? time + (24 - hour) * HOUR : time;
}

/** With both days restricted, either will do. */
function isDay({ dayOfMonth, dayOfWeek }: CronFields, date: Date): boolean {
  const ofMonth = dayOfMonth.values.has(date.getUTCDate());
  const ofWeek = dayOfWeek.values.has(date.getUTCDay());
  return dayOfMonth.all || dayOfWeek.all ? ofMonth && ofWeek : ofMonth || ofWeek;
}

function dateOf(local: number): Date {
  return new Date(local * 1000);
}
