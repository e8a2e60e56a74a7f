/** Runs of a CronJob that may be longer than the time between two of them. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { cronIntervalSeconds } from '../../workloads/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { cronJobOf, jobOf } from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'cronjob-overlap',
  severity: 'warning',
  basis: 'source',
  summary: 'The next run starts while the one before it may still be at work.',
  why: `
    With concurrencyPolicy Allow, the default, every slot starts a Job whether or not the last one has
    ended. A run that takes longer than the interval meets the next one, and a slow day makes a queue of
    Jobs that slow each other down.
  `,
  remedy: 'Set concurrencyPolicy: Forbid, and an activeDeadlineSeconds below the interval.',
  upstream: [{ path: 'pkg/controller/cronjob/cronjob_controllerv2.go' }],
  replay: {
    by: 'nothing',
    because:
      "how long a run takes is the program's, and the clock of the CronJob controller is not simulated",
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
        #           ^^^^^^^^^^^^^ a run may take 10m, and the next one starts after 5m
          jobTemplate:
            spec:
              activeDeadlineSeconds: 600
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - { name: work, image: "registry.example/work:1" }
      `,
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
        #           ^^^^^^^^^^^^^ a run that takes longer than 5m meets the next one, and both write to claim data
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
              activeDeadlineSeconds: 600
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - { name: work, image: "registry.example/work:1" }
      `,
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
          jobTemplate:
            spec:
              activeDeadlineSeconds: 299
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - { name: work, image: "registry.example/work:1" }
      `,
    ],
  },

  *find(workload) {
    const cron = cronJobOf(workload);
    const job = jobOf(workload);
    if (!cron || !job || (cron.spec.concurrencyPolicy ?? 'Allow') !== 'Allow') return;
    if (cron.spec.suspend) return;
    const interval = cronIntervalSeconds(cron.spec.schedule);
    const deadline = job.spec.activeDeadlineSeconds;
    if (interval === undefined || (deadline !== undefined && deadline < interval)) return;
    const claim = mountedClaims(workload)[0];
    if (deadline === undefined && !claim) return;
    const both = claim ? `, and both write to claim ${claim.name}` : '';
    const at = field(cron).spec;
    yield {
      at: at.schedule,
      message:
        deadline === undefined
          ? `a run that takes longer than ${formatSeconds(interval)} meets the next one${both}`
          : `a run may take ${formatSeconds(deadline)}, and the next one starts after ${formatSeconds(interval)}${both}`,
      ...(deadline === undefined ? { severity: 'information' as const } : {}),
      witness: [
        { at: 0, text: 'a run starts' },
        { at: interval, text: 'the next one starts beside it' },
        ...(deadline === undefined
          ? []
          : [{ at: deadline, text: 'the deadline ends the first one at the latest' }]),
      ],
      certainty: 'assumed',
      restsOn: 'how long a run takes, which no manifest says',
      fixes: [
        {
          title: 'Skip a slot while the last run is at work',
          changes: [{ at: at.concurrencyPolicy, value: 'Forbid' }],
        },
      ],
    };
  },
});
