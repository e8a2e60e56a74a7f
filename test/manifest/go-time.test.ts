import { expect, test } from 'vitest';
import { goTimeFault } from '../../server/src/manifest/go-time.ts';

const as = ' as "2006-01-02T15:04:05Z07:00": cannot parse';

test.each([
  ['2026-01-31T00:00:00Z', undefined],
  ['2024-02-29T23:59:59.5+02:00', undefined],
  ['2026-01-01', `${as} "" as "T"`],
  ['2026-01-01 00:00:00Z', `${as} " 00:00:00Z" as "T"`],
  ['yesterday', `${as} "yesterday" as "2006"`],
  ['2026-1-01T00:00:00Z', `${as} "1-01T00:00:00Z" as "01"`],
  ['2026-01-01T00:00:00', `${as} "" as "Z07:00"`],
  ['2026-13-01T00:00:00Z', ': month out of range'],
  ['2026-02-29T00:00:00Z', ': day out of range'],
  ['2026-01-01T24:00:00Z', ': hour out of range'],
  ['2026-01-01T00:00:00Zx', ': extra text: "x"'],
])('the time %s: %s', (text, why) => {
  const fault = goTimeFault(text);
  expect(fault).toBe(why === undefined ? undefined : `parsing time ${JSON.stringify(text)}${why}`);
});
