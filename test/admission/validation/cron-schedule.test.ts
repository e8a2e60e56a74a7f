import { expect, test } from 'vitest';
import {
  cronFault,
  timeZoneFault,
} from '../../../server/src/admission/validation/cron-schedule.ts';

test.each([
  '* * * * *',
  '*/5 0-3 1,15 jan-mar MON',
  '? ? ? ? ?',
  '0 0 * * 6',
  '@daily',
  '@every 1h30m',
])('the schedule %j is read', (schedule) => {
  expect(cronFault(schedule)).toBeUndefined();
});

test.each([
  ['every day', 'expected exactly 5 fields, found 2: [every day]'],
  ['61 * * * *', 'end of range (61) above maximum (59): 61'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@never', 'unrecognized descriptor: @never'],
  ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
  ['TZ=UTC', 'invalid schedule format: runtime error: slice bounds out of range [:-1]'],
  ['TZ=Mars/Base * * * * *', 'provided bad location Mars/Base: unknown time zone Mars/Base'],
])('the schedule %j is refused in the words of robfig/cron', (schedule, fault) => {
  expect(cronFault(schedule)).toBe(fault);
});

test('time zones are files to Go, so their case counts', () => {
  expect(timeZoneFault('Europe/Berlin')).toBeUndefined();
  expect(timeZoneFault('europe/berlin')).toBe('unknown time zone europe/berlin');
});
