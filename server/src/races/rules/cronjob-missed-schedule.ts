/** Slots of a CronJob that are skipped without a word. */
import { formatSeconds } from '../../explanation/index.ts';
import { field, type CronJob } from '../../manifest/index.ts';
import { cronIntervalSeconds } from '../../workloads/index.ts';
import { cronJobOf, jobOf, type PlacedJob } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** A change of leader takes about 15 seconds, a restart of the control plane longer. */
const ENOUGH_SECONDS = 60;

export default defineRaceRule({
  id: 'cronjob-missed-schedule',
  severity: 'information',
  basis: 'source',
  summary: 'A slot of the CronJob is skipped: its time is over, or the last run hangs.',
  why: `
    A slot that the controller does not handle within startingDeadlineSeconds is missed; its restart or a
    change of leader takes longer than a few seconds. With concurrencyPolicy Forbid a slot is skipped, not
    queued, while the last Job is active, and a Job whose pod cannot start is active for ever.
  `,
  remedy:
    'Leave startingDeadlineSeconds at 60 or more, and give Jobs under Forbid an activeDeadlineSeconds.',
  upstream: [
    { path: 'pkg/controller/cronjob/cronjob_controllerv2.go' },
    { path: 'pkg/controller/cronjob/utils.go' },
  ],
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: report }
        spec:
          schedule: "*/5 * * * *"
          startingDeadlineSeconds: 10
        #                          ^^ a slot is missed when the controller is away for more than 10s, as in a change of its leader: there is no run until the next one
          jobTemplate:
            spec:
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
          schedule: "0 * * * *"
          concurrencyPolicy: Forbid
        #                    ^^^^^^ no deadline ends a Job that hangs, such as one whose image cannot be pulled: every later slot is skipped
          jobTemplate:
            spec:
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
          startingDeadlineSeconds: 60
          jobTemplate:
            spec:
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
          schedule: "0 * * * *"
          concurrencyPolicy: Forbid
          jobTemplate:
            spec:
              activeDeadlineSeconds: 3000
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
    if (!cron || !job || cron.spec.suspend) return;
    const late = tooLate(cron);
    if (late) yield late;
    const hangs = workload.pod?.spec.activeDeadlineSeconds === undefined && canHang(cron, job);
    if (hangs) yield hangs;
  },
});

function tooLate(cron: CronJob): RaceFinding | undefined {
  const seconds = cron.spec.startingDeadlineSeconds;
  if (seconds === undefined || seconds >= ENOUGH_SECONDS) return undefined;
  const at = field(cron).spec.startingDeadlineSeconds;
  return {
    at,
    message: `a slot is missed when the controller is away for more than ${seconds}s, as in a change of its leader: there is no run until the next one`,
    certainty: 'assumed',
    restsOn: 'that a change of leader takes about 15s',
    fixes: [{ title: 'Allow 200s', changes: [{ at, value: 200 }] }],
  };
}

function canHang(cron: CronJob, job: PlacedJob): RaceFinding | undefined {
  const { concurrencyPolicy, schedule } = cron.spec;
  if (concurrencyPolicy !== 'Forbid' || job.spec.activeDeadlineSeconds !== undefined) {
    return undefined;
  }
  const interval = cronIntervalSeconds(schedule);
  if (interval === undefined) return undefined;
  const seconds = Math.max(1, Math.floor(interval * 0.9));
  return {
    at: field(cron).spec.concurrencyPolicy,
    message:
      'no deadline ends a Job that hangs, such as one whose image cannot be pulled: every later slot is skipped',
    fixes: [
      {
        title: `End a Job after ${formatSeconds(seconds)}`,
        changes: [{ at: job.at.activeDeadlineSeconds, value: seconds }],
      },
    ],
  };
}
