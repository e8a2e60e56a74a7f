/** A Job that is deleted before anybody can see how it ended. */
import { jobOf } from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const HOOKS = ['helm.sh/hook', 'argocd.argoproj.io/hook'];

export default defineRaceRule({
  id: 'job-ttl-zero',
  severity: 'information',
  basis: 'source',
  summary: 'The finished Job is deleted before a waiting client sees how it ended.',
  why: `
    The TTL controller deletes a Job with ttlSecondsAfterFinished 0 as soon as it has finished, and its pods
    with it. Clients that poll, such as hooks of Helm and Argo CD or kubectl wait, find nothing.
  `,
  remedy: 'Keep finished Jobs for a few minutes: ttlSecondsAfterFinished: 300.',
  upstream: [{ path: 'pkg/controller/ttlafterfinished/ttlafterfinished_controller.go' }],
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate, annotations: { helm.sh/hook: pre-upgrade } }
        spec:
          ttlSecondsAfterFinished: 0
        #                          ^ the Job is gone the moment it ends, and who waits for it because of helm.sh/hook may find nothing
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
    safe: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate, annotations: { helm.sh/hook: pre-upgrade } }
        spec:
          ttlSecondsAfterFinished: 1
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate }
        spec:
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
    if (job?.spec.ttlSecondsAfterFinished !== 0) return;
    const annotations = Object.keys(workload.object.metadata.annotations ?? {});
    const hook = annotations.find((it) => HOOKS.includes(it));
    const at = job.at.ttlSecondsAfterFinished;
    yield {
      at,
      message: hook
        ? `the Job is gone the moment it ends, and who waits for it because of ${hook} may find nothing`
        : 'the Job and its logs are gone the moment it ends, before anybody can see how',
      ...(hook ? { severity: 'warning' as const } : {}),
      fixes: [{ title: 'Keep it for 300s', changes: [{ at, value: 300 }] }],
    };
  },
});
