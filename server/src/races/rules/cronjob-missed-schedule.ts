/** Slots of a CronJob that are skipped without a word. */
import { formatSeconds } from '../../explanation/index.ts';
import { field, type CronJob } from '../../manifest/index.ts';
import { cronIntervalSeconds, type PodTry } from '../../workloads/index.ts';
import { cronJobOf, jobOf, type PlacedJob } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** The lease of a dead leader runs out after 15 seconds, and others ask for it every 2. */
const LEADER_CHANGE_SECONDS = 17;
/** A control plane that restarts on its node. */
const RESTART_SECONDS = 45;
/** A run that goes well. */
const WORKS: PodTry = { runs: [{ seconds: 10, exitCode: 0 }] };
/** A pod whose image cannot be pulled. */
const NEVER_STARTS: PodTry = { startsAfter: Infinity, runs: [] };
/** The controller looks so long after a slot. */
const LOOK_SECONDS = 0.1;
const STARTED = 'cronjob:event::SuccessfulCreate';
const SKIPPED = 'cronjob:event::JobAlreadyActive';

export default defineRaceRule({
  id: 'cronjob-missed-schedule',
  severity: 'information',
  basis: 'source',
  summary: 'A slot of the CronJob is skipped: its time is over, or the last run hangs.',
  why: `
    A slot that the controller does not handle within startingDeadlineSeconds is missed; its restart or a
    change of leader takes longer than a few seconds. With concurrencyPolicy Forbid nothing is started while
    the last Job is active, and a Job whose pod cannot start is active for ever.
  `,
  remedy:
    'Leave startingDeadlineSeconds at 60 or more, and give Jobs under Forbid an activeDeadlineSeconds.',
  upstream: [
    { path: 'pkg/controller/cronjob/cronjob_controllerv2.go' },
    { path: 'pkg/controller/cronjob/utils.go' },
  ],
  replay: {
    by: 'cronjob',
    lost: (story) => {
      const { schedule = '' } = cronJobOf(story.workload)?.spec ?? {};
      const interval = cronIntervalSeconds(schedule) ?? 0;
      // Nobody looks from just before the first slot on, and it is not made up for.
      const misses = [LEADER_CHANGE_SECONDS, RESTART_SECONDS].some((to) => {
        const away = { from: -1, to };
        const run = story.cronJob({ tries: () => WORKS, away, until: 2 * interval });
        return run && !(run.at(STARTED) < interval);
      });
      // The first run never starts its pod, and no other run ever comes.
      const run = story.cronJob({
        tries: (job) => (job === 1 ? NEVER_STARTS : WORKS),
        until: 5 * interval,
      });
      return misses || run?.has('cronjob:event:2:SuccessfulCreate') === false;
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
  if (seconds === undefined || seconds > RESTART_SECONDS) return undefined;
  const interval = cronIntervalSeconds(cron.spec.schedule);
  // With a slot every few seconds the next one makes up for it.
  if (interval === undefined || interval <= RESTART_SECONDS) return undefined;
  const [away, cause, lasts] =
    seconds <= LEADER_CHANGE_SECONDS
      ? [LEADER_CHANGE_SECONDS, 'a change of its leader', 'a change of leader']
      : [RESTART_SECONDS, 'a restart of the control plane', 'a restart'];
  const at = field(cron).spec.startingDeadlineSeconds;
  return {
    at,
    message: `a slot is missed when the controller is away for more than ${seconds}s, as in ${cause}: there is no run until the next one`,
    certainty: 'assumed',
    restsOn: `that ${lasts} takes up to ${away}s`,
    witness: [
      { at: 0, text: 'the slot comes, and nobody looks', moment: 'cronjob:slot' },
      {
        at: away,
        text: `after ${cause} a controller looks: too late, and nobody is told`,
        moment: 'cronjob:back',
      },
      { at: interval + LOOK_SECONDS, text: 'the next slot: a run starts', moment: STARTED },
    ],
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
    witness: [
      { at: 0, text: 'a run starts, and its pod cannot', moment: STARTED },
      { at: interval, text: 'the next slot: the Job is still active', moment: SKIPPED },
      { at: 2 * interval, text: 'the one after it: the same, and so for ever', moment: SKIPPED },
    ],
    fixes: [
      {
        title: `End a Job after ${formatSeconds(seconds)}`,
        changes: [{ at: job.at.activeDeadlineSeconds, value: seconds }],
      },
    ],
  };
}
