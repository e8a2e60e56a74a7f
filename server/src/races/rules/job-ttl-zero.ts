/** A Job that is deleted before anybody can see how it ended. */
import { jobOf } from '../facts/jobs.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

/** How often a client looks that waits for a Job, in seconds. */
const ASKS_EVERY_SECONDS = 2;
/** In the story the Job ends so long after such a look, and half a second after a whole one. */
const AFTER_LOOK_SECONDS = 0.1;
const FRACTION_SECONDS = 0.5;
const FINISHED = 'job:condition::"Complete"';

const HOOKS = ['helm.sh/hook', 'argocd.argoproj.io/hook'];

export default defineRaceRule({
  id: 'job-ttl-zero',
  severity: 'information',
  basis: 'source',
  summary: 'The finished Job is deleted before a waiting client sees how it ended.',
  why: `
    The TTL controller deletes a Job with ttlSecondsAfterFinished 0 as soon as it has finished, and its pods
    with it. The time counts from the whole second of its end, so 1 and 2 may be a second less. Clients that
    poll, such as hooks of Helm and Argo CD or scripts, find nothing.
  `,
  remedy: 'Keep finished Jobs for a few minutes: ttlSecondsAfterFinished: 300.',
  upstream: [{ path: 'pkg/controller/ttlafterfinished/ttlafterfinished_controller.go' }],
  replay: {
    by: 'job',
    lost: (story) => {
      const runs = [{ seconds: 60 + FRACTION_SECONDS, exitCode: 0 }];
      // The Job controller looks a second after the pod has ended.
      const ends = 61 + FRACTION_SECONDS;
      const asks = Array.from(
        { length: 10 },
        (_, i) => ends - AFTER_LOOK_SECONDS + i * ASKS_EVERY_SECONDS,
      );
      const run = story.job({ tries: () => ({ runs }), asks, until: 120 });
      return run?.has(FINISHED) && !run.has('client:get::"finished":"Complete"');
    },
  },
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
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate }
        spec:
          ttlSecondsAfterFinished: 2
        #                          ^ the Job and its logs are gone within 2s of its end, before anybody can see how
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
          ttlSecondsAfterFinished: 3
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
    const ttl = job?.spec.ttlSecondsAfterFinished;
    if (!job || ttl === undefined || ttl > ASKS_EVERY_SECONDS) return;
    const annotations = Object.keys(workload.object.metadata.annotations ?? {});
    const hook = annotations.find((it) => HOOKS.includes(it));
    const at = job.at.ttlSecondsAfterFinished;
    const when = ttl === 0 ? 'the moment it ends' : `within ${ttl}s of its end`;
    yield {
      at,
      message: hook
        ? `the Job is gone ${when}, and who waits for it because of ${hook} may find nothing`
        : `the Job and its logs are gone ${when}, before anybody can see how`,
      ...(hook ? { severity: 'warning' as const } : {}),
      certainty: 'assumed',
      restsOn: `that who waits asks every ${ASKS_EVERY_SECONDS}s`,
      witness: looks(ttl),
      fixes: [{ title: 'Keep the finished Job for 300s', changes: [{ at, value: 300 }] }],
    };
  },
});

/** A client looks just before the Job ends, and again when it is gone. */
function looks(ttl: number): readonly WitnessStep[] {
  const ends = AFTER_LOOK_SECONDS;
  // The TTL counts from the whole second before.
  const gone = ends + Math.max(0, ttl - FRACTION_SECONDS);
  return [
    { at: 0, text: 'a client asks: the Job is at work', moment: 'client:get::"finished":null' },
    { at: ends, text: 'the Job is complete', moment: FINISHED },
    { at: gone, text: 'the TTL controller has deleted it', moment: 'job:deleted' },
    {
      at: ASKS_EVERY_SECONDS,
      text: 'the client asks again: there is no such Job',
      moment: 'client:get::"found":false',
    },
  ];
}
