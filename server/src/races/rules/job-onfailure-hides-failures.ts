/** A Job that takes its pod and the logs away when it fails. */
import { field } from '../../manifest/index.ts';
import { backoffLimitOf, jobOf } from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

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
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          backoffLimit: 7
          template:
            spec:
              restartPolicy: OnFailure
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
  },

  *find(workload) {
    const job = jobOf(workload);
    const { pod } = workload;
    if (!job || pod?.spec.restartPolicy !== 'OnFailure') return;
    const limit = backoffLimitOf(job.spec);
    if (limit > 6) return;
    const at = field(pod).spec.restartPolicy;
    yield {
      at,
      message: `at restart ${Math.max(1, limit)} the Job fails and its pod is deleted: kubectl logs finds nothing`,
      fixes: [{ title: 'Keep failed pods', changes: [{ at, value: 'Never' }] }],
    };
  },
});
