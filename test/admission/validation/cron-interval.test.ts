import { expect, it } from 'vitest';
import { cronIntervalSeconds } from '../../../server/src/admission/index.ts';

it.each([
  ['*/5 * * * *', 300],
  ['0 * * * *', 3600],
  ['0 0 * * *', 86_400],
  ['0,10 * * * *', 600],
  ['50 23,0 * * *', 3600],
  ['0 3 * * 1', 7 * 86_400],
  ['0 3 * * 1-5', 86_400],
  ['7/20 * * * *', 1200],
  ['@hourly', 3600],
  ['@every 1h30m', 5400],
  ['TZ=UTC 0 0 * * *', 86_400],
  ['61 * * * *', undefined],
])('slots of the schedule %s are %s seconds apart at least', (schedule, seconds) => {
  expect(cronIntervalSeconds(schedule)).toBe(seconds);
});
