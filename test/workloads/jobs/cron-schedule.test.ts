// Slots as github.com/robfig/cron/v3 gives them.
import { expect, it } from 'vitest';
import { cronIntervalSeconds } from '../../../server/src/workloads/index.ts';
import { cronSchedule } from '../../../server/src/workloads/jobs/cron-schedule.ts';

it.each([
  ['*/5 * * * *', 300],
  ['0 * * * *', 3600],
  ['0 0 * * *', 86_400],
  ['0,10 * * * *', 600],
  ['50 23,0 * * *', 3600],
  ['0 3 * * 1', 7 * 86_400],
  ['0 3 * * Mon', 7 * 86_400],
  ['0 3 * * 1-5', 86_400],
  ['0 3 1 * *', 28 * 86_400],
  ['7/20 * * * *', 1200],
  ['@hourly', 3600],
  ['@monthly', 28 * 86_400],
  ['@every 1h30m', 5400],
  ['TZ=UTC 0 0 * * *', 86_400],
  ['61 * * * *', undefined],
])('slots of the schedule %s are %s seconds apart at least', (schedule, seconds) => {
  expect(cronIntervalSeconds(schedule)).toBe(seconds);
});

it.each([
  ['*/15 * * * *', '', '2026-07-09T14:45:00Z', '2026-07-09T15:00:00Z'],
  ['20-35/15 * * * *', '', '2026-07-09T15:45:59Z', '2026-07-09T16:20:00Z'],
  ['0 0 * * *', '', '2026-12-31T23:59:59.5Z', '2027-01-01T00:00:00Z'],
  ['0 0 9 apr-oct *', '', '2026-10-09T00:00:00Z', '2027-04-09T00:00:00Z'],
  // Either day will do where both are restricted.
  ['0 0 1,15 * sun', '', '2026-07-06T00:00:00Z', '2026-07-12T00:00:00Z'],
  ['0 0 */5 * mon', '', '2026-07-06T00:00:00Z', '2026-07-11T00:00:00Z'],
  ['0 0 29 2 *', '', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['@every 90s', '', '2026-07-09T00:00:00.9Z', '2026-07-09T00:01:30Z'],
  ['0 12 * * *', 'Asia/Kolkata', '2026-07-09T00:00:00Z', '2026-07-09T06:30:00Z'],
  // Clocks that are set forward take the slot away, those set back give it twice.
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T00:30:00Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
])('the slot of %s in %s after %s is %s', (schedule, zone, after, slot) => {
  const next = cronSchedule(schedule, zone || undefined);
  expect(next?.(Date.parse(after) / 1000)).toBe(Date.parse(slot) / 1000);
});

it('has no slot for a day that never comes', () => {
  expect(cronSchedule('59 23 31 2 *')?.(0)).toBeUndefined();
});
