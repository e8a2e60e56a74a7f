/** Drains that count as failures of a Job. */
import { formatSeconds } from '../../explanation/index.ts';
import { isWritten, type Job, type Json } from '../../manifest/index.ts';
import { backoffLimitOf, jobOf, retryStarts } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

const HOUR_SECONDS = 3600;
/** A run that long meets a drain sooner or later. */
const LONG_SECONDS = HOUR_SECONDS;
/** The Job controller looks a second after a pod has changed. */
const LOOK_SECONDS = 1;
const LIMIT_EXCEEDED = 'job:condition::BackoffLimitExceeded';
const IGNORE_DISRUPTIONS: Json = {
  rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
};

export default defineRaceRule({
  id: 'job-disruption-counts',
  severity: 'information',
  basis: 'source',
  summary: 'A drain or a preemption counts as a failed try of the Job.',
  why: `
    A pod that is evicted has failed, and every failure counts against backoffLimit. With a limit of 0 or 1
    a drain or two end the Job as Failed, however far it was. podFailurePolicy can leave disruptions out
    of the count; it needs restartPolicy Never. Evictions for exceeding a disk limit carry no
    DisruptionTarget condition.
  `,
  remedy: 'Ignore the condition DisruptionTarget in podFailurePolicy, or raise backoffLimit.',
  upstream: [
    { path: 'pkg/controller/job/job_controller.go' },
    { path: 'pkg/controller/job/pod_failure_policy.go' },
  ],
  replay: {
    by: 'job',
    // The nodes of the first two pods are drained when they have run for an hour.
    lost: (story) => {
      const runs = [{ seconds: 2 * HOUR_SECONDS, exitCode: 0 }];
      const ended = { after: HOUR_SECONDS, by: 'eviction' } as const;
      const tries = (pod: number) => (pod <= 2 ? { runs, ended } : { runs });
      return story.job({ tries, until: 6 * HOUR_SECONDS })?.has(LIMIT_EXCEEDED);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 0
        #               ^ one drain of its node fails the Job, however far it is, and it may run for 6h: evictions count as failed tries
          activeDeadlineSeconds: 21600
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 1
        #               ^ two drains fail the Job, however far it is: evictions count as failed tries
          template:
            spec:
              restartPolicy: OnFailure
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
    safe: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 0
          podFailurePolicy:
            rules:
              - action: Ignore
                onPodConditions: [{ type: DisruptionTarget, status: "True" }]
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 2
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
    if (!job || !workload.pod || !isWritten(job.at.backoffLimit)) return;
    const limit = backoffLimitOf(job.spec);
    if (limit > 1 || ignoresDisruptions(job.spec)) return;
    const deadline = job.spec.activeDeadlineSeconds ?? 0;
    const long = deadline > LONG_SECONDS;
    const tries = limit === 0 ? 'one drain of its node fails the Job' : 'two drains fail the Job';
    const never = workload.pod.spec.restartPolicy === 'Never';
    yield {
      at: job.at.backoffLimit,
      message: `${tries}, however far it is${long ? `, and it may run for ${formatSeconds(deadline)}` : ''}: evictions count as failed tries`,
      ...(long ? { severity: 'warning' as const } : {}),
      witness: drains(limit),
      fixes: [
        never
          ? {
              title: 'Do not count disruptions',
              changes: [{ at: job.at.podFailurePolicy, value: IGNORE_DISRUPTIONS }],
            }
          : { title: 'Allow 6 tries', changes: [{ at: job.at.backoffLimit, value: 6 }] },
      ],
    };
  },
});

function ignoresDisruptions({ podFailurePolicy }: Job['spec']): boolean {
  return (podFailurePolicy?.rules ?? []).some(
    ({ action, onPodConditions }) =>
      action === 'Ignore' && (onPodConditions ?? []).some((it) => it.type === 'DisruptionTarget'),
  );
}

/** A drain an hour after each pod was made, until there are too many. */
function drains(limit: number): readonly WitnessStep[] {
  const retries = [0, ...retryStarts(limit, { inPlace: false })];
  const steps = retries.flatMap((wait, i): WitnessStep[] => {
    const begins = i * HOUR_SECONDS + wait;
    const pod = i === 0 ? 'the Job makes its pod' : 'it makes another, which begins anew';
    return [
      { at: begins, text: pod, moment: `pod:created:${i + 1}` },
      {
        at: begins + HOUR_SECONDS,
        text: 'after an hour its node is drained, and the pod evicted',
        moment: `pod:deletion:${i + 1}:eviction`,
      },
    ];
  });
  const last = steps.at(-1)?.at ?? 0;
  return [
    ...steps,
    { at: last + LOOK_SECONDS, text: 'the Job has failed', moment: LIMIT_EXCEEDED },
  ];
}
