/** A Job that takes its pod and the logs away when it fails. */
import { field } from '../../manifest/index.ts';
import { backoffLimitOf, FAILS_AT_ONCE, jobOf, retryStarts } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

/** A day is enough for hundreds of restarts. */
const PLAYED_SECONDS = 86_400;
const MAX_RESTARTS = 1000;
/** The Job controller looks a second after a pod has changed. */
const LOOK_SECONDS = 1;

export default defineRaceRule({
  id: 'job-onfailure-hides-failures',
  severity: 'information',
  basis: 'source',
  summary: 'At the last failure the pod is deleted, and its logs with it.',
  why: `
    With restartPolicy OnFailure the containers restart in one pod. When the restarts reach backoffLimit
    the Job controller deletes the pod; there is nothing left to read the failure from.
  `,
  remedy: 'Use restartPolicy: Never where failures are to be looked at, or collect the logs.',
  upstream: [{ path: 'pkg/controller/job/job_controller.go' }],
  replay: {
    by: 'job',
    // When the Job has failed there is no pod left to read.
    lost: (story) => {
      const run = story.job({ tries: () => FAILS_AT_ONCE, until: PLAYED_SECONDS });
      return run?.has('job:condition::"Failed"') && run.has('pod:gone');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 3
          template:
            spec:
              restartPolicy: OnFailure
        #                    ^^^^^^^^^ at restart 3 the Job fails and its pod is deleted: kubectl logs finds nothing
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
          backoffLimit: 3
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
    const { pod } = workload;
    if (!job || pod?.spec.restartPolicy !== 'OnFailure') return;
    const restarts = Math.max(1, backoffLimitOf(job.spec));
    const at = field(pod).spec.restartPolicy;
    yield {
      at,
      message: `at restart ${restarts} the Job fails and its pod is deleted: kubectl logs finds nothing`,
      witness: untilGone(restarts),
      fixes: [{ title: 'Keep failed pods', changes: [{ at, value: 'Never' }] }],
    };
  },
});

/** The container fails at once each time, and one pod works at a time. */
function untilGone(restarts: number): readonly WitnessStep[] {
  const last = retryStarts(Math.min(restarts, MAX_RESTARTS), { inPlace: true }).at(-1) ?? 0;
  const text = `restart ${restarts}: it fails again`;
  const end = last + LOOK_SECONDS;
  return [
    { at: 0, text: 'the container fails at once', moment: 'pod:exit:1' },
    { at: last, text, moment: `pod:restart:1:"restarts":${restarts}` },
    { at: end, text: 'the Job deletes the pod and has failed', moment: 'pod:deletion:1:job' },
    { at: end, text: 'the pod is gone, its logs with it', moment: 'pod:gone:1' },
  ];
}
