/** A liveness probe that restarts a container while clients are still sent to it. */
import { formatWindow } from '../../explanation/index.ts';
import {
  killAfterHang,
  notReadyAfter,
  probeNumbers,
  type PodContainer,
} from '../../lifecycle/index.ts';
import type { Probe } from '../../manifest/index.ts';
import { HANGING_LIFE_SECONDS, hangingAges, hangs } from '../facts/hangs.ts';
import { isLongRunning, lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'liveness-kill-without-drain',
  severity: 'information',
  basis: 'source',
  summary: 'The liveness probe restarts the container before it has left its Services.',
  why: `
    A restart by the liveness probe deletes nothing: the endpoint stays until the readiness of the
    container is seen to fall, and without a readiness probe it stays all through the restart. Both
    probes tick at their own times: where liveness may be through before readiness, SIGTERM may come
    first, and clients are refused.
  `,
  remedy:
    'Let readiness fail sooner than liveness: a smaller period or fewer failures for the readiness probe.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }],
  yieldsTo: ['liveness-equals-readiness', 'liveness-kills-slow-start', 'missing-readiness'],
  replay: {
    by: 'kubelet',
    // The probes' ticks lie as they do from the pod's start on; the app may hang at any time.
    lost: (story) =>
      lastingContainers(story.model).some((it) => {
        const periods = it.container.readinessProbe?.periodSeconds ?? 1;
        return hangingAges(story, it, periods).some((age) => {
          const life = story.live({ change: hangs(age), until: HANGING_LIFE_SECONDS });
          const hung = life.at(`cri:StartContainer:${it.name}`) + age;
          const stops = life.after(hung, `app:signal:${it.name}:SIGTERM`);
          return !(life.after(hung, 'endpoints:endpoint::"ready":false') < stops - 1);
        });
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /ready, port: 8080 } }
        #         ^^^^^^^^^^^^^^ related: this one needs 20s to 31s
                  livenessProbe:
        #         ^^^^^^^^^^^^^ app is restarted 20s to 31s after it hangs, and the readiness probe takes 20s to 31s: it may get SIGTERM while clients are still sent to it
                    httpGet: { path: /live, port: 8080 }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
    safe: [
      // At the latest readiness fails when liveness may first be through: the boundary.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 19, failureThreshold: 1 }
                  livenessProbe: { httpGet: { path: /live, port: 8080 } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || !isLongRunning(workload)) return;
    for (const main of model.mains) {
      const { name, container, at, serves } = main;
      const { livenessProbe: liveness, readinessProbe: readiness } = container;
      if (!serves || !liveness) continue;
      const live = killAfterHang(liveness);
      const ready = readiness && notReadyAfter(readiness);
      if (ready && ready.latest <= live.earliest) continue;
      const other = ready
        ? `the readiness probe takes ${formatWindow(ready)}: it may get SIGTERM`
        : 'there is no readiness probe: it gets SIGTERM';
      yield {
        at: at.livenessProbe,
        message: `${name} is restarted ${formatWindow(live)} after it hangs, and ${other} while clients are still sent to it`,
        certainty: 'bounded',
        restsOn: `${name} failing both probes at the same time`,
        ...(ready
          ? {
              related: [
                { message: `this one needs ${formatWindow(ready)}`, at: at.readinessProbe },
              ],
            }
          : {}),
        witness: readiness && hangWitness(main, liveness, readiness),
      };
    }
  },
});

/** The app hangs right before the liveness probe that the readiness probe follows the latest. */
function hangWitness(
  { name, preStop }: PodContainer,
  liveness: Probe,
  readiness: Probe,
): readonly WitnessStep[] {
  const [live, ready] = [probeNumbers(liveness), probeNumbers(readiness)];
  // Both tick from the start of the pod on.
  const until = (tick: number) => Math.ceil(tick / ready.period) * ready.period - tick;
  const ticks = Array.from({ length: ready.period }, (_, i) => (i + 1) * live.period);
  const wait = Math.max(...ticks.map(until));
  const givesUp = (live.failureThreshold - 1) * live.period + live.timeout;
  const stops = givesUp + preStop.seconds.earliest;
  const leaves = wait + (ready.failureThreshold - 1) * ready.period + ready.timeout;
  if (leaves < stops) return [];
  return [
    {
      at: 0,
      text: `${name} has hung: the liveness probe gets no answer`,
      moment: `cri:ExecSync:${name}:"kind":"liveness"`,
    },
    {
      at: stops,
      text: `the liveness probe has failed for the last time: SIGTERM to ${name}`,
      moment: `app:signal:${name}:SIGTERM`,
    },
    {
      at: stops,
      text: 'only now it is reported as not ready, and its endpoint goes',
      moment: 'endpoints:endpoint::"ready":false',
    },
  ];
}
