// The tables of pkg/controller/cronjob/{utils,cronjob_controllerv2}_test.go of v1.36.2, restated.
import { describe, expect, it } from 'vitest';
import { RestartBackOff } from '../../../server/src/lifecycle/kubelet/index.ts';
import type { CronJob } from '../../../server/src/manifest/index.ts';
import {
  simulateCronJob,
  type CronJobRun,
  type CronJobWorld,
} from '../../../server/src/workloads/index.ts';
import { cronSchedule } from '../../../server/src/workloads/jobs/cron-schedule.ts';
import {
  missedStarts,
  secondsToNextLook,
} from '../../../server/src/workloads/jobs/missed-starts.ts';

/** A Thursday, as in upstream's tests. */
const TOP = Date.parse('2016-05-19T10:00:00Z') / 1000;
const MINUTES = 60;
const HOURS = 3600;
const DAYS = 86_400;

describe('missed starts', () => {
  const look = (text: string, now: number, more: object = {}) => {
    const schedule = cronSchedule(text) ?? (() => undefined);
    const state = { schedule, createdAt: TOP, lastSlot: undefined, ...more };
    const missed = missedStarts(state, TOP + now);
    const slot = missed?.slot === undefined ? undefined : missed.slot - TOP;
    return [slot, missed?.missed];
  };

  it.each([
    ['0 * * * *', 30, {}, undefined, 'none'],
    ['0 * * * *', 61 * MINUTES, {}, HOURS, 'none'],
    ['0 * * * *', 301 * MINUTES, { createdAt: TOP + 10 }, 5 * HOURS, 'few'],
    [
      '30 6-16/4 * * 1-5',
      DAYS + 31 * MINUTES,
      { lastSlot: TOP + 30 * MINUTES },
      DAYS + 30 * MINUTES,
      'few',
    ],
    // By the short first gap upstream looks for the latest slot where there is none.
    ['30 10,11,12 * * 1-5', 30.5 * HOURS, { lastSlot: TOP + 30 * MINUTES }, undefined, 'few'],
    [
      '30 6-16/4 * * 1-5',
      4 * DAYS + 31 * MINUTES,
      { lastSlot: TOP + 30 * MINUTES },
      4 * DAYS + 30 * MINUTES,
      'few',
    ],
    ['@every 1h', 7 * DAYS, { lastSlot: TOP + MINUTES }, 7 * DAYS - HOURS + MINUTES, 'many'],
    [
      '*/5 * * * *',
      32 * MINUTES,
      { lastSlot: TOP + 30 * MINUTES, startingDeadlineSeconds: 60 },
      undefined,
      'none',
    ],
  ])('%s, looked at after %s seconds: %o', (text, now, more, slot, missed) => {
    expect(look(text, now, more)).toEqual([slot, missed]);
  });

  it('a schedule without slots has none', () => {
    expect(look('59 23 31 2 *', HOURS)).toEqual([undefined, undefined]);
  });

  it('the next look comes 100 ms after the slot', () => {
    const schedule = cronSchedule('0 6 * * *') ?? (() => undefined);
    const state = { schedule, createdAt: TOP, lastSlot: undefined };
    expect(secondsToNextLook(state, TOP)).toBeCloseTo(20 * HOURS + 0.1);
  });
});

type Spec = Partial<Omit<CronJob['spec'], 'jobTemplate'>>;

function play(
  spec: Spec,
  seconds: number,
  { job = {}, ...world }: Partial<CronJobWorld> & { job?: object } = {},
): CronJobRun {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'work' }] } };
  const jobTemplate = { spec: { completions: 1, backoffLimit: 0, template, ...job } };
  const run = simulateCronJob(
    { spec: { schedule: '*/5 * * * *', ...spec, jobTemplate } as CronJob['spec'] },
    {
      from: TOP,
      until: 3600,
      runs: () => ({
        tries: () => ({ runs: [{ seconds, exitCode: 0 }], stops: { seconds: 20, exitCode: 0 } }),
        containerBackOff: () => new RestartBackOff(),
      }),
      ...world,
    },
  );
  if (!run) throw new Error('the schedule cannot be read');
  return run;
}

const made = ({ jobs }: CronJobRun) => jobs.map((it) => Math.round(it.createdAt * 10) / 10);
const times = ({ entries }: CronJobRun, what: string, detail = '') =>
  entries
    .filter((it) => it.what === what && JSON.stringify(it.detail ?? '').includes(detail))
    .map((it) => Math.round(it.t * 10) / 10);

describe('a CronJob over time', () => {
  it('starts a Job 100 ms after each slot', () => {
    expect(made(play({}, 60, { until: 1000 }))).toEqual([300.1, 600.1, 900.1]);
  });

  it('lets runs overlap by default', () => {
    const run = play({}, 400, { until: 720 });
    expect(times(run, 'running')).toEqual([300.1, 600.1]);
    expect(times(run, 'exit')).toEqual([700.1]);
  });

  it('with Forbid starts the latest missed slot when the Job before it has ended', () => {
    const run = play({ concurrencyPolicy: 'Forbid' }, 400, { until: 1500 });
    expect(made(run)).toEqual([300.1, 701.1, 1102.1]);
    expect(run.jobs.map((it) => it.slot)).toEqual([300, 600, 900]);
    expect(times(run, 'event', 'JobAlreadyActive')).toContain(600.1);
    const late = play({ concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 60 }, 400, {
      until: 1500,
    });
    expect(made(late)).toEqual([300.1, 900.1]);
  });

  it('with Replace deletes the old Job and does not wait for its pod', () => {
    const run = play({ concurrencyPolicy: 'Replace' }, 400, { until: 700 });
    expect(times(run, 'deletion', 'garbage')).toEqual([600.1]);
    expect(times(run, 'running')).toEqual([300.1, 600.1]);
    expect(times(run, 'exit')).toEqual([620.1]);
  });

  it('a slot within the starting deadline is made up for, one beyond is not even told', () => {
    const away = [{ from: 299, to: 320 }];
    expect(made(play({ startingDeadlineSeconds: 60 }, 10, { away, until: 500 }))).toEqual([320]);
    const missed = play({ startingDeadlineSeconds: 10 }, 10, { away, until: 650 });
    expect(made(missed)).toEqual([600.1]);
    expect(times(missed, 'event', 'MissSchedule')).toEqual([]);
  });

  it('after more than 100 missed slots one is started, with a warning', () => {
    const away = [{ from: 1, to: 101 * 300 + 10 }];
    const run = play({}, 10, { away, until: 101 * 300 + 20 });
    expect([run.jobs.length, times(run, 'event', 'TooManyMissedTimes').length]).toEqual([1, 1]);
  });

  it('suspended, it starts nothing; resumed, the latest missed slot', () => {
    const suspends = [{ at: 1400, suspend: false }];
    expect(made(play({ suspend: true }, 10, { suspends, until: 1450 }))).toEqual([1400]);
  });

  it('keeps three Jobs that went well and one that failed', () => {
    const run = play({}, 10, { until: 2500 });
    expect(times(run, 'event', 'SuccessfulDelete')).toEqual([
      1211.1, 1511.1, 1811.1, 2111.1, 2411.1,
    ]);
    const failing = play({ failedJobsHistoryLimit: 0 }, 10, {
      until: 700,
      job: { activeDeadlineSeconds: 5 },
    });
    expect(times(failing, 'event', 'SawCompletedJob Failed')).toHaveLength(2);
    expect(times(failing, 'event', 'SuccessfulDelete')).toHaveLength(2);
  });

  it('forgets a Job that its TTL took away', () => {
    const run = play({ concurrencyPolicy: 'Forbid' }, 10, {
      until: 700,
      job: { ttlSecondsAfterFinished: 0 },
    });
    expect(made(run)).toEqual([300.1, 600.1]);
  });

  it('keeps to its time zone', () => {
    const run = play({ schedule: '30 16 * * *', timeZone: 'Asia/Kolkata' }, 10, {
      until: 2 * HOURS,
    });
    expect(made(run)).toEqual([HOURS + 0.1]);
  });
});
