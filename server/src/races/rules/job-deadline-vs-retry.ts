/** A Job's deadline that comes before its retries. */
import { formatSeconds } from '../../explanation/index.ts';
import { backoffLimitOf, isWritten, jobOf } from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const MAX_TRIES = 1000;

export default defineRaceRule({
  id: 'job-deadline-vs-retry',
  severity: 'warning',
  basis: 'source',
  summary: 'The deadline of the Job comes before the retries that backoffLimit allows.',
  why: `
    Between two tries the Job controller waits 10, 20, 40 … seconds, 10 minutes at most; the kubelet does
    the same for containers restarted in place, 5 minutes at most. activeDeadlineSeconds counts from the
    Job's start and ends it as failed with all its pods, whatever is left of backoffLimit.
  `,
  remedy: 'Raise activeDeadlineSeconds above the waits and runs, or lower backoffLimit.',
  upstream: [
    { path: 'pkg/controller/job/backoff_utils.go' },
    { path: 'pkg/controller/job/job_controller.go' },
  ],
  replay: {
    by: 'nothing',
    because:
      'the retries of the Job controller are arithmetic here: its pods are simulated one by one',
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
      // The waits alone take as long.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 6
          activeDeadlineSeconds: 630
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
      // Nobody asked for the six tries.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          activeDeadlineSeconds: 300
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
    const limit = Math.min(backoffLimitOf(job.spec), MAX_TRIES);
    const inPlace = workload.pod?.spec.restartPolicy === 'OnFailure';
    const waits = waitsOf(limit, inPlace);
    const fitting = waits.filter((it) => it <= deadline).length;
    if (fitting >= limit) return;
    const all = waits.at(-1) ?? 0;
    yield {
      at: job.at.activeDeadlineSeconds,
      message: `${limit} retries need ${formatSeconds(all)} of waits alone, and the Job ends after ${formatSeconds(deadline)}: ${fitting} of them at most are made`,
      related: [{ message: 'the retries', at: job.at.backoffLimit }],
      fixes: [
        {
          title: `Retry ${fitting} times`,
          changes: [{ at: job.at.backoffLimit, value: fitting }],
        },
      ],
    };
  },
});

/** When each retry begins at the earliest: of new pods, or of containers in place. */
function waitsOf(retries: number, inPlace: boolean): readonly number[] {
  const starts: number[] = [];
  let now = 0;
  for (let i = 0; i < retries; i++) {
    // The kubelet restarts a container at once the first time.
    if (inPlace) now += i === 0 ? 0 : Math.min(300, 10 * 2 ** Math.min(i - 1, 10));
    else now += Math.min(600, 10 * 2 ** Math.min(i, 10));
    starts.push(now);
  }
  return starts;
}
