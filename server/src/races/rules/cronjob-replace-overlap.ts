/** A CronJob that replaces its Job and does not wait for the old pod. */
import { field } from '../../manifest/index.ts';
import { cronIntervalSeconds } from '../../workloads/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { cronJobOf, HANGS, jobOf, longestRunSeconds, STARTS_AFTER_SECONDS } from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'cronjob-replace-overlap',
  severity: 'warning',
  basis: 'source',
  summary: 'The new run starts while the pod of the replaced one still runs.',
  why: `
    With concurrencyPolicy Replace the controller deletes the old Job in the background and makes the new
    one at once. The old pod has its whole grace period, in which both use what they share.
  `,
  remedy: 'Set concurrencyPolicy: Forbid, or give the pods a short grace period.',
  upstream: [{ path: 'pkg/controller/cronjob/cronjob_controllerv2.go' }],
  replay: {
    by: 'cronjob',
    // Every run hangs, and does not stop when it is told to.
    lost: (story) => {
      const { schedule = '' } = cronJobOf(story.workload)?.spec ?? {};
      const until = 3 * (cronIntervalSeconds(schedule) ?? 0);
      const run = story.cronJob({ tries: () => HANGS, until });
      return run && run.at('pod:running:2.1') < run.at('pod:exit:1.1');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
          concurrencyPolicy: Replace
        #                    ^^^^^^^ when a run is replaced its pod has 30s to end, and the new one uses claim data at once
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
        #                                                                     ^^^^ related: the claim both use
                  containers:
                    - name: work
                      image: registry.example/work:1
                      volumeMounts: [{ name: data, mountPath: /data }]
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
          concurrencyPolicy: Forbid
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
                  containers:
                    - name: work
                      image: registry.example/work:1
                      volumeMounts: [{ name: data, mountPath: /data }]
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
          concurrencyPolicy: Replace
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
                  containers:
                    - name: work
                      image: registry.example/work:1
                      volumeMounts: [{ name: data, mountPath: /data }]
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
    ],
  },

  *find(workload) {
    const cron = cronJobOf(workload);
    const job = jobOf(workload);
    const grace = workload.pod?.spec.terminationGracePeriodSeconds ?? 30;
    if (!job || cron?.spec.concurrencyPolicy !== 'Replace' || cron.spec.suspend) return;
    // The old one is gone before the new one runs, or it is never at work at the next slot.
    if (grace <= STARTS_AFTER_SECONDS) return;
    const interval = cronIntervalSeconds(cron.spec.schedule);
    if (interval === undefined || longestRunSeconds(job.spec, grace) <= interval) return;
    const claim = mountedClaims(workload).find((it) => it.sharing === 'one-node');
    if (!claim) return;
    const at = field(cron).spec.concurrencyPolicy;
    yield {
      at,
      message: `when a run is replaced its pod has ${grace}s to end, and the new one uses claim ${claim.name} at once`,
      certainty: 'assumed',
      restsOn: 'that two runs must not use the claim together',
      witness: [
        {
          at: 0,
          text: 'the slot comes: the old Job is deleted, in the background',
          moment: 'job:deletion:1:background',
        },
        { at: 0, text: 'its pod is told to stop', moment: 'pod:deletion:1.1' },
        { at: 0, text: 'the new Job makes its pod', moment: 'pod:created:2.1' },
        { at: STARTS_AFTER_SECONDS, text: 'which runs', moment: 'pod:running:2.1' },
        { at: grace, text: 'the old pod is killed', moment: 'pod:exit:1.1:137' },
      ],
      related: [{ message: 'the claim both use', at: claim.at }],
      fixes: [
        { title: 'Skip a slot while the last run is at work', changes: [{ at, value: 'Forbid' }] },
      ],
    };
  },
});
