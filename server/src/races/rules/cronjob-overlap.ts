/** Runs of a CronJob that may be longer than the time between two of them. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { cronIntervalSeconds } from '../../workloads/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { cronJobOf, HANGS, jobOf, longestRunSeconds, STARTS_AFTER_SECONDS } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

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
  remedy:
    'Set concurrencyPolicy: Forbid, or an activeDeadlineSeconds that leaves the grace period before the next slot.',
  upstream: [{ path: 'pkg/controller/cronjob/cronjob_controllerv2.go' }],
  replay: {
    by: 'cronjob',
    // The first run hangs: it lasts as long as it is let.
    lost: (story) => {
      const { schedule = '' } = cronJobOf(story.workload)?.spec ?? {};
      const until = 3 * (cronIntervalSeconds(schedule) ?? 0);
      const run = story.cronJob({ tries: () => HANGS, until });
      if (!run) return undefined;
      const firstEnds = run.has('pod:exit:1.1') ? run.at('pod:exit:1.1') : Infinity;
      return run.at('pod:running:2.1') < firstEnds;
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
        #           ^^^^^^^^^^^^^ a run may take 10m 30s, and the next one starts after 5m
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
      // The pod has its grace period after the deadline.
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
        #           ^^^^^^^^^^^^^ a run may take 5m 20s, and the next one starts after 5m
          jobTemplate:
            spec:
              activeDeadlineSeconds: 290
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
              activeDeadlineSeconds: 270
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
    const grace = workload.pod?.spec.terminationGracePeriodSeconds ?? 30;
    const longest = longestRunSeconds(job.spec, grace);
    if (interval === undefined || longest <= interval) return;
    const deadline = job.spec.activeDeadlineSeconds;
    const claim = mountedClaims(workload)[0];
    if (deadline === undefined && !claim) return;
    const both = claim ? `, and both write to claim ${claim.name}` : '';
    const at = field(cron).spec;
    // Where the deadline comes first, only a run that does not stop meets the next one.
    const certainly = deadline !== undefined && deadline >= interval;
    yield {
      at: at.schedule,
      message:
        deadline === undefined
          ? `a run that takes longer than ${formatSeconds(interval)} meets the next one${both}`
          : `a run may take ${formatSeconds(longest)}, and the next one starts after ${formatSeconds(interval)}${both}`,
      ...(certainly ? {} : { severity: 'information' as const }),
      witness: longRun(interval, deadline, grace),
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

/** A run that hangs, and does not stop when it is told to. */
function longRun(
  interval: number,
  deadline: number | undefined,
  grace: number,
): readonly WitnessStep[] {
  const next = {
    at: interval,
    text: 'the next one starts beside it',
    moment: 'pod:running:2.1',
  };
  // The deadline counts from when the Job is made, a second before its pod runs.
  const told = (deadline ?? 0) - STARTS_AFTER_SECONDS;
  const stops = {
    at: told,
    text: 'the deadline: the first one is told to stop',
    moment: 'pod:deletion:1.1:job',
  };
  const killed = {
    at: told + grace,
    text: 'and is killed at the end of its grace period',
    moment: 'pod:exit:1.1:137',
  };
  return [
    { at: 0, text: 'a run starts', moment: 'pod:running:1.1' },
    ...[next, ...(deadline === undefined ? [] : [stops, killed])].toSorted((a, b) => a.at - b.at),
  ];
}
