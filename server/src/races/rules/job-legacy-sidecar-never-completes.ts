/** A Job whose helper container never ends: the Job is never complete. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { parseImageName } from '../../lifecycle/index.ts';
import { cronJobOf, jobOf } from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Images of programs that serve until they are stopped. */
const DAEMONS =
  /^(envoy|proxyv2|proxy|istio-proxy|linkerd-proxy|cloud-?sql-?proxy|gce-proxy|alloydb-auth-proxy|pgbouncer|consul-dataplane|kuma-dp|fluent-?bit|fluentd|filebeat|promtail|vector|otelcol|opentelemetry-collector|opentelemetry-collector-contrib|nginx|haproxy|redis|memcached)$/;
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
    by: 'kubelet',
    lost: (story) => {
      if (!jobOf(story.workload)) return undefined;
      const ends = { runFor: 5 };
      const quits = someoneStopsIt(story.model);
      const apps = Object.fromEntries(
        story.model.mains.filter((it) => quits || !isDaemon(it)).map((it) => [it.name, ends]),
      );
      return !story.live({ apps, until: 600 }).has('status:phase::Succeeded');
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
    const deadline = job.spec.activeDeadlineSeconds ?? model.pod.spec.activeDeadlineSeconds;
    const forbids = cronJobOf(workload)?.spec.concurrencyPolicy === 'Forbid';
    const end =
      deadline === undefined
        ? `the Job is active for ever${forbids ? ', and with concurrencyPolicy Forbid it is the last one' : ''}`
        : `the Job fails after its deadline of ${deadline}s`;
    yield {
      at: daemon.at.name,
      message: `${daemon.name} runs on when the work is done: ${end}`,
      certainty: 'assumed',
      restsOn: `that ${daemon.container.image} does not end by itself`,
    };
  },
});

/** It runs what its image runs: an own command may end whenever it likes. */
function isDaemon({ container }: PodContainer): boolean {
  if (container.command?.length) return false;
  return DAEMONS.test(parseImageName((container.image ?? '').toLowerCase()).name);
}

function someoneStopsIt({ mains, pod }: PodModel): boolean {
  if (pod.spec.shareProcessNamespace) return true;
  return mains.some(({ container }) => QUITS.test(JSON.stringify(container)));
}
