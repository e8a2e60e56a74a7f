/** A Job whose helper container never ends: the Job is never complete. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { parseImageName } from '../../lifecycle/index.ts';
import { cronJobOf, jobOf } from '../facts/jobs.ts';
import { nativeSidecar } from '../facts/moves.ts';
import { exited } from '../facts/replays.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

/** Images of programs that serve until they are stopped. */
const DAEMONS =
  /^(envoy|proxyv2|proxy|istio-proxy|linkerd-proxy|cloud-?sql-?proxy|gce-proxy|alloydb-auth-proxy|pgbouncer|consul-dataplane|kuma-dp|fluent-?bit|fluentd|filebeat|promtail|vector|otelcol|opentelemetry-collector|opentelemetry-collector-contrib|nginx|haproxy|redis|memcached)$/;
/** The work is done after so many seconds, and somebody looks so much later. */
const WORK_SECONDS = 5;
const LATER_SECONDS = 3600;
const QUITS = /quitquitquit|\/quit\b|pkill|killall|\bkill\b|shutdown/;

export default defineRaceRule({
  id: 'job-legacy-sidecar-never-completes',
  severity: 'error',
  basis: 'source',
  summary: 'A container of the Job runs for ever, so the Job never completes.',
  why: `
    A pod has Succeeded when all its containers of \`containers\` have ended. A proxy or an agent among them
    runs on when the work is done. The Job stays active; with a deadline it ends as failed; a CronJob with
    concurrencyPolicy Forbid never runs again.
  `,
  remedy:
    'Move the helper to initContainers with restartPolicy: Always (1.29 and later), where it is stopped after the work.',
  upstream: [
    { path: 'pkg/kubelet/kubelet_pods.go' },
    { path: 'pkg/controller/job/job_controller.go' },
  ],
  replay: {
    by: 'job',
    // The kubelet says which containers end once the work is done, the Job controller what follows.
    lost: (story) => {
      const ends = { runFor: WORK_SECONDS };
      const quits = someoneStopsIt(story.model);
      const apps = Object.fromEntries(
        story.model.mains.filter((it) => quits || !isDaemon(it)).map((it) => [it.name, ends]),
      );
      const life = story.live({ apps, until: 600 });
      const containers = Object.fromEntries(
        story.model.mains.map(({ name }) => {
          const seconds = Number.isNaN(exited(life, name)) ? Infinity : WORK_SECONDS;
          return [name, [{ seconds, exitCode: 0 }]];
        }),
      );
      const asks = [WORK_SECONDS + LATER_SECONDS];
      const tries = () => ({ runs: [], containers });
      const run = story.job({ tries, asks, until: 2 * LATER_SECONDS });
      const succeeds = life.has('status:phase::Succeeded');
      return run && !(succeeds && run.has('job:condition::"Complete"'));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
                - name: work
                  image: registry.example/work:1
                - name: proxy
        #               ^^^^^ proxy runs on when the work is done: the Job is active for ever
                  image: envoyproxy/envoy:v1.30.0
      `,
    ],
    safe: [
      // A native sidecar is stopped when the work is done.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          template:
            spec:
              restartPolicy: Never
              initContainers:
                - name: proxy
                  image: envoyproxy/envoy:v1.30.0
                  restartPolicy: Always
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
      // The work tells the proxy to quit.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
                - name: work
                  image: registry.example/work:1
                  command: [sh, -c, "work; curl -XPOST http://127.0.0.1:15020/quitquitquit"]
                - name: proxy
                  image: envoyproxy/envoy:v1.30.0
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    const job = jobOf(workload);
    if (!job || !model || model.mains.length < 2 || someoneStopsIt(model)) return;
    const daemon = model.mains.find(isDaemon);
    if (!daemon || model.mains.every(isDaemon)) return;
    const deadline = job.spec.activeDeadlineSeconds;
    const { activeDeadlineSeconds: podDeadline } = model.pod.spec;
    const forbids = cronJobOf(workload)?.spec.concurrencyPolicy === 'Forbid';
    const end =
      deadline !== undefined
        ? `the Job fails after its deadline of ${deadline}s`
        : podDeadline !== undefined
          ? `its pod fails after the deadline of ${podDeadline}s, and so does each retry`
          : `the Job is active for ever${forbids ? ', and with concurrencyPolicy Forbid it is the last one' : ''}`;
    const work = model.mains.find((it) => !isDaemon(it));
    yield {
      at: daemon.at.name,
      message: `${daemon.name} runs on when the work is done: ${end}`,
      certainty: 'assumed',
      restsOn: `that ${daemon.container.image} does not end by itself`,
      ...(work && podDeadline === undefined ? { witness: afterWork(work.name, deadline) } : {}),
      fixes: nativeSidecar(daemon, workload, model),
    };
  },
});

/** What comes after the work is done; a deadline counts from the Job's start. */
function afterWork(work: string, deadline: number | undefined): readonly WitnessStep[] {
  const done = {
    at: 0,
    text: `${work} ends well`,
    moment: `pod:exit:1:"container":"${work}","exitCode":0`,
  };
  if (deadline !== undefined && deadline <= WORK_SECONDS) return [done];
  const end =
    deadline === undefined
      ? {
          at: LATER_SECONDS,
          text: 'an hour later the Job is still active',
          moment: 'client:get::"finished":null',
        }
      : {
          at: deadline - WORK_SECONDS,
          text: 'the deadline ends the Job as failed',
          moment: 'job:condition::DeadlineExceeded',
        };
  return [done, end];
}

/** It runs what its image runs: an own command may end whenever it likes. */
function isDaemon({ container }: PodContainer): boolean {
  if (container.command?.length) return false;
  return DAEMONS.test(parseImageName((container.image ?? '').toLowerCase()).name);
}

function someoneStopsIt({ mains, pod }: PodModel): boolean {
  if (pod.spec.shareProcessNamespace) return true;
  return mains.some(({ container }) => QUITS.test(JSON.stringify(container)));
}
