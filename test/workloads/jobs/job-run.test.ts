// Arithmetic and order as in the tables of pkg/controller/job/*_test.go of v1.36.2, played over time.
import { expect, it } from 'vitest';
import type { Job } from '../../../server/src/manifest/index.ts';
import { RestartBackOff } from '../../../server/src/lifecycle/kubelet/index.ts';
import {
  describeRetries,
  jobRetries,
  simulateJob,
  type JobRun,
  type PodTry,
} from '../../../server/src/workloads/index.ts';

type Spec = Partial<Omit<Job['spec'], 'template'>> & { readonly restartPolicy?: string };

const FAILS: PodTry = { runs: [{ seconds: 0, exitCode: 1 }] };
const WORKS: PodTry = { runs: [{ seconds: 60, exitCode: 0 }] };
const HANGS: PodTry = { runs: [{ seconds: Infinity, exitCode: 0 }] };

function play(
  { restartPolicy = 'Never', ...spec }: Spec,
  tries: PodTry | ((pod: number, index: number | undefined) => PodTry),
  more: object = {},
): JobRun {
  const template = { spec: { restartPolicy, containers: [{ name: 'work' }] } };
  return simulateJob({ completions: 1, parallelism: 1, ...spec, template } as Job['spec'], {
    tries: typeof tries === 'function' ? tries : () => tries,
    containerBackOff: () => new RestartBackOff(),
    until: 100_000,
    ...more,
  });
}

/** When something was told. */
function times({ entries }: JobRun, what: string, detail = ''): readonly number[] {
  return entries
    .filter((it) => it.what === what && JSON.stringify(it.detail ?? '').includes(detail))
    .map((it) => it.t);
}

it('a pod that fails is tried again after 10 s, doubled with each failure, 10 min at most', () => {
  const run = play({ backoffLimit: 8 }, FAILS);
  expect(times(run, 'created')).toEqual([0, 10, 30, 70, 150, 310, 630, 1230, 1830]);
  expect([run.reason, run.failed, run.finishedAt]).toEqual(['BackoffLimitExceeded', 9, 1831]);
});

it('the wait counts from when the pod finished, in whole seconds', () => {
  const run = play({}, (pod) =>
    pod === 1 ? { runs: [{ seconds: 2.7, exitCode: 1 }], startsAfter: 1 } : WORKS,
  );
  expect(times(run, 'created')).toEqual([0, 13]);
});

it('pods that fail together count each; a success begins anew', () => {
  const together = play({ parallelism: 3, completions: 3 }, FAILS);
  expect(times(together, 'created')).toEqual([0, 0, 0, 40, 40, 40, 360, 360, 360]);
  const outcomes = [1, 1, 0, 1, 0].map((exitCode) => ({ runs: [{ seconds: 0, exitCode }] }));
  const mixed = play({ completions: 2 }, (pod) => outcomes[pod - 1] ?? WORKS);
  expect(times(mixed, 'created')).toEqual([0, 10, 30, 31, 41]);
});

it('a Job is complete once its pods are', () => {
  const run = play({ completions: 3, parallelism: 2 }, WORKS);
  expect(times(run, 'created')).toEqual([0, 0, 61]);
  expect(times(run, 'condition')).toEqual([122, 122]);
  expect([run.outcome, run.succeeded]).toEqual(['Complete', 3]);
});

it('a work queue makes no more pods after the first success, and ends with the last of them', () => {
  const run = play({ completions: undefined, parallelism: 2 }, (pod) =>
    pod === 1 ? WORKS : { runs: [{ seconds: 90, exitCode: 1 }] },
  );
  expect([times(run, 'created'), run.outcome, run.finishedAt]).toEqual([[0, 0], 'Complete', 91]);
});

it('the deadline ends the Job: FailureTarget at once, Failed when its pods are gone', () => {
  const run = play(
    { activeDeadlineSeconds: 100 },
    { ...HANGS, stops: { seconds: 12, exitCode: 0 } },
  );
  expect(times(run, 'deletion', 'job')).toEqual([100]);
  expect(times(run, 'condition', 'FailureTarget')).toEqual([100]);
  expect(times(run, 'condition', '"Failed"')).toEqual([113]);
  expect(run.reason).toBe('DeadlineExceeded');
});

it('the deadline comes before a try of the same moment', () => {
  expect(times(play({ activeDeadlineSeconds: 10 }, FAILS), 'created')).toEqual([0]);
});

it('a pod that does not stop is killed at the end of its grace period', () => {
  const run = play({ activeDeadlineSeconds: 100 }, { ...HANGS, stops: HANGS.runs[0] });
  expect(times(run, 'exit', '137')).toEqual([130]);
});

it('restarts in place count until backoffLimit, and the pod is deleted then', () => {
  const run = play({ backoffLimit: 3, restartPolicy: 'OnFailure' }, FAILS);
  expect(times(run, 'restart')).toEqual([0, 10, 30]);
  expect([times(run, 'gone'), run.reason, run.finishedAt]).toEqual([
    [31],
    'BackoffLimitExceeded',
    31,
  ]);
  expect(times(play({ backoffLimit: 0, restartPolicy: 'OnFailure' }, FAILS), 'gone')).toEqual([1]);
});

it('an evicted pod has failed when it is marked: its replacement waits 10 s, not for its end', () => {
  const evicted = (pod: number): PodTry =>
    pod === 1
      ? { ...HANGS, ended: { after: 20, by: 'eviction' }, stops: { seconds: 25, exitCode: 0 } }
      : WORKS;
  const run = play({}, evicted);
  expect([times(run, 'created'), times(run, 'exit')]).toEqual([
    [0, 30],
    [45, 90],
  ]);
  const patient = play({ podReplacementPolicy: 'Failed' }, (pod) => evicted(pod));
  // The app ended well when it was told to, so nothing is left to do.
  expect([times(patient, 'created'), patient.outcome]).toEqual([[0], 'Complete']);
  const killed = play({ podReplacementPolicy: 'Failed' }, (pod) => ({
    ...evicted(pod),
    stops: { seconds: 25, exitCode: 143 },
  }));
  expect(times(killed, 'created')).toEqual([0, 55]);
});

it('a failure that the policy ignores does not count, but is waited for', () => {
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] as const;
  const run = play({ backoffLimit: 0, podFailurePolicy: { rules } }, (pod) =>
    pod === 1 ? { ...HANGS, ended: { after: 20, by: 'eviction' } } : WORKS,
  );
  expect([times(run, 'created'), run.failed, run.outcome]).toEqual([[0, 30], 0, 'Complete']);
  const plain = play({ backoffLimit: 0 }, { ...HANGS, ended: { after: 20, by: 'eviction' } });
  expect([plain.reason, plain.finishedAt]).toEqual(['BackoffLimitExceeded', 21]);
});

it('FailJob ends the Job at the first such pod, and its others with it', () => {
  const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
  const run = play(
    { parallelism: 2, completions: 2, podFailurePolicy: { rules } as never },
    (pod) => (pod === 1 ? { runs: [{ seconds: 5, exitCode: 42 }] } : HANGS),
  );
  expect([run.reason, times(run, 'condition', 'FailureTarget')]).toEqual(['PodFailurePolicy', [6]]);
});

it('indexes have their own limits and waits', () => {
  const spec: Spec = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
  const run = play({ ...spec, backoffLimitPerIndex: 2 }, (_, index) =>
    index === 0 ? FAILS : WORKS,
  );
  expect(times(run, 'created')).toEqual([0, 0, 10, 30]);
  expect([run.reason, run.succeeded]).toEqual(['FailedIndexes', 1]);
  const first = play({ ...spec, backoffLimitPerIndex: 0, maxFailedIndexes: 0 }, (_, index) =>
    index === 0 ? FAILS : HANGS,
  );
  expect([first.reason, first.finishedAt]).toEqual(['MaxFailedIndexesExceeded', 2]);
});

it('a success policy ends the rest', () => {
  const run = play(
    {
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      successPolicy: { rules: [{ succeededIndexes: '0,2', succeededCount: 1 }] },
    },
    (_, index) => (index === 2 ? WORKS : HANGS),
  );
  expect([run.outcome, run.reason, run.failed]).toEqual(['Complete', 'SuccessPolicy', 0]);
  expect(times(run, 'deletion', 'job')).toEqual([61, 61]);
});

it('suspending takes the pods away without counting them, and the clock of the deadline starts anew', () => {
  const suspends = [
    { at: 10, suspend: true },
    { at: 500, suspend: false },
  ];
  const run = play({ activeDeadlineSeconds: 100, backoffLimit: 0 }, HANGS, { suspends });
  expect(times(run, 'created')).toEqual([0, 500]);
  expect(times(run, 'condition', 'FailureTarget')).toEqual([600]);
  expect(run.failed).toBe(1);
});

it('the TTL counts from the whole second of the end', () => {
  const half = { runs: [{ seconds: 59.6, exitCode: 0 }] };
  const run = play({ ttlSecondsAfterFinished: 1 }, half);
  expect([run.finishedAt, run.goneAt]).toEqual([60.6, 61]);
  expect(play({ ttlSecondsAfterFinished: 0 }, WORKS).goneAt).toBe(61);
  expect(play({}, WORKS).goneAt).toBeUndefined();
});

it('a Job that is deleted in the background is gone before its pods', () => {
  const run = play({}, { ...HANGS, stops: { seconds: 9, exitCode: 0 } }, { deletedAt: 50 });
  expect([run.goneAt, times(run, 'gone')]).toEqual([50, [59]]);
});

it('a Job that somebody else manages stays as it is', () => {
  expect(play({ managedBy: 'kueue.x-k8s.io/multikueue' }, WORKS).entries).toEqual([]);
});

it('how soon a Job gives up is told in a sentence', () => {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'work' }] } };
  const told = (spec: object) => {
    const whole = { completions: 1, ...spec, template } as Job['spec'];
    const retries = jobRetries(whole, () => new RestartBackOff());
    return retries && describeRetries(retries);
  };
  expect(told({ backoffLimit: 9 })).toBe(
    'If each pod fails as soon as it is made, pods are made at 0s, 10s, 30s, 1m 10s, 2m 30s, 5m 10s, 10m 30s, 20m 30s, …, and after 40m 31s the Job is Failed (BackoffLimitExceeded). These are the earliest times: what a try takes comes on top of each wait.',
  );
  expect(told({ activeDeadlineSeconds: 20 })).toContain(
    'at 0s, 10s, and after 20s the Job is Failed (DeadlineExceeded).',
  );
  expect(told({ backoffLimit: 1000 })).toContain('…, and so on for more than a day.');
  expect(told({ suspend: true })).toBeUndefined();
});
