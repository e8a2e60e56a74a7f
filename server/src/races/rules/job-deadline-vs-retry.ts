/** A Job's deadline that comes before its retries. */
import { formatSeconds } from '../../explanation/index.ts';
import { isWritten, type Job } from '../../manifest/index.ts';
import { backoffLimitOf, FAILS_AT_ONCE, jobOf, retryStarts } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

const MAX_TRIES = 1000;
/** A day is enough for a hundred retries. */
const PLAYED_SECONDS = 86_400;
const DEADLINE_EXCEEDED = 'job:condition::DeadlineExceeded';

export default defineRaceRule({
  id: 'job-deadline-vs-retry',
  severity: 'warning',
  basis: 'source',
  summary: 'The deadline of the Job comes before the retries that backoffLimit allows.',
  why: `
    Before a retry the Job controller waits 10, 20, 40 … seconds, 10 minutes at most, doubled with each pod
    that failed; the kubelet restarts a container in place at once, then after 10, 20, 40 … seconds, 5
    minutes at most. activeDeadlineSeconds counts from the
    Job's start and ends it as failed with all its pods, whatever is left of backoffLimit.
  `,
  remedy: 'Raise activeDeadlineSeconds above the waits and runs, or lower backoffLimit.',
  upstream: [
    { path: 'pkg/controller/job/backoff_utils.go' },
    { path: 'pkg/controller/job/job_controller.go' },
  ],
  replay: {
    by: 'job',
    // Every try fails at once, so that there is as much time for retries as there can be.
    lost: (story) =>
      story.job({ tries: () => FAILS_AT_ONCE, until: PLAYED_SECONDS })?.has(DEADLINE_EXCEEDED),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 6
        #               ^ related: the retries
          activeDeadlineSeconds: 300
        #                        ^^^ 6 retries need 10m 30s of waits alone, and the Job ends after 5m: 4 of them at most are made
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
    safe: [
      // The last retry begins after 630s.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 6
          activeDeadlineSeconds: 700
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
  },

  *find(workload) {
    const job = jobOf(workload);
    const deadline = job?.spec.activeDeadlineSeconds;
    if (!job || deadline === undefined || !isWritten(job.at.backoffLimit)) return;
    // Each index has waits of its own then.
    if (job.spec.backoffLimitPerIndex !== undefined) return;
    const plan = retriesOf(job.spec, workload.pod?.spec.restartPolicy === 'OnFailure');
    // At the very moment of the deadline no try is made.
    const fitting = plan.starts.filter((it) => it < deadline).length;
    const all = plan.starts.length;
    if (fitting >= all) return;
    const what = plan.together === 1 ? 'retries' : `rounds of retries with ${plan.together} pods`;
    const limit = fitting * plan.together;
    yield {
      at: job.at.activeDeadlineSeconds,
      message: `${all} ${what} need ${formatSeconds(plan.starts.at(-1) ?? 0)} of waits alone, and the Job ends after ${formatSeconds(deadline)}: ${fitting} of them at most are made`,
      related: [{ message: 'the retries', at: job.at.backoffLimit }],
      witness: [
        { at: 0, text: 'the first try fails at once', moment: 'pod:exit:1' },
        ...(fitting > 0 ? [lastRetry(plan, fitting)] : []),
        {
          at: deadline,
          text: `the deadline ends the Job; the next try would be due after ${formatSeconds(plan.starts[fitting] ?? 0)}`,
          moment: DEADLINE_EXCEEDED,
        },
      ],
      fixes: [
        {
          title: `Retry the Job ${limit} times`,
          changes: [{ at: job.at.backoffLimit, value: limit }],
        },
      ],
    };
  },
});

interface Retries {
  /** When each begins at the earliest. */
  readonly starts: readonly number[];
  readonly inPlace: boolean;
  /** How many pods work at the same time, each of whose failures counts. */
  readonly together: number;
}

function retriesOf(spec: Job['spec'], inPlace: boolean): Retries {
  const { parallelism = 1, completions = Infinity } = spec;
  const together = Math.max(1, Math.min(parallelism, completions));
  const rounds = Math.min(backoffLimitOf(spec), MAX_TRIES) / together;
  const retries = inPlace ? Math.ceil(rounds) : Math.floor(rounds);
  return { starts: retryStarts(retries, { inPlace, together }), inPlace, together };
}

function lastRetry({ starts, inPlace, together }: Retries, fitting: number): WitnessStep {
  const restart = `pod:restart:1:"restarts":${fitting}`;
  const moment = inPlace ? restart : `pod:created:${fitting * together + 1}`;
  return { at: starts[fitting - 1] ?? 0, text: `retry ${fitting} begins, and fails`, moment };
}
