/**
 * Which slot a CronJob is to start now, and when its controller looks again.
 * Follows mostRecentScheduleTime and nextScheduleTimeDuration of pkg/controller/cronjob/utils.go.
 */
import type { CronSchedule } from './cron-schedule.ts';

/** Times in seconds since 1970. */
export interface ScheduleState {
  readonly schedule: CronSchedule;
  readonly createdAt: number;
  readonly lastSlot: number | undefined;
  readonly startingDeadlineSeconds?: number | undefined;
}

export interface MissedStarts {
  /** From where slots are counted. */
  readonly since: number;
  /** The latest slot that has come; undefined where none has, or where upstream finds none. */
  readonly slot: number | undefined;
  readonly missed: 'none' | 'few' | 'many';
}

/** A look at the clock comes this much after the slot, in case clocks differ. */
const NEXT_SECONDS = 0.1;
const MANY = 100;

/** Undefined for a schedule that has no slots. */
export function missedStarts(
  { schedule, createdAt, lastSlot, startingDeadlineSeconds }: ScheduleState,
  now: number,
): MissedStarts | undefined {
  const earliest = now - (startingDeadlineSeconds ?? Infinity);
  const since = Math.max(lastSlot ?? createdAt, earliest);
  const first = schedule(since);
  const second = first === undefined ? undefined : schedule(first);
  if (first === undefined || second === undefined) return undefined;
  if (now < first) return { since, slot: undefined, missed: 'none' };
  if (now < second) return { since, slot: first, missed: 'none' };
  // Upstream does not list all slots: it guesses by the first gap how many there were, goes to the
  // last but one of them, and takes the latest from there. Uneven schedules can lose a slot by it.
  const gap = second - first;
  const count = Math.floor((now - first) / gap) + 1;
  let slot: number | undefined;
  let next = schedule(first + (count - 2) * gap);
  while (next !== undefined && next <= now) {
    slot = next;
    next = schedule(next);
  }
  return { since, slot, missed: count > MANY ? 'many' : 'few' };
}

/** Seconds until the controller looks again; here the starting deadline has no say. */
export function secondsToNextLook(state: ScheduleState, now: number): number | undefined {
  const missed = missedStarts({ ...state, startingDeadlineSeconds: undefined }, now);
  const none = missed?.missed === 'none' ? missed.since : now;
  const next = state.schedule(missed?.slot ?? none);
  return next === undefined ? undefined : next + NEXT_SECONDS - now;
}
