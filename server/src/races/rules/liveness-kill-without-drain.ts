/** A liveness probe that restarts a container while clients are still sent to it. */
import { formatSeconds } from '../../explanation/index.ts';
import { probeNumbers } from '../../lifecycle/index.ts';
import type { Probe } from '../../manifest/index.ts';
import { hangs } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'liveness-kill-without-drain',
  severity: 'information',
  basis: 'source',
  summary: 'The liveness probe restarts the container before it has left its Services.',
  why: `
    A restart by the liveness probe deletes nothing: the endpoint stays until the readiness of the
    container is seen to fall, and without a readiness probe it stays all through the restart. Where
    liveness fails no later than readiness, SIGTERM comes first, and clients are refused.
  `,
  remedy:
    'Let readiness fail sooner than liveness: a smaller period or fewer failures for the readiness probe.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }],
  yieldsTo: ['liveness-equals-readiness', 'liveness-kills-slow-start', 'missing-readiness'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ change: hangs(21), until: 200 });
      const stops = life.at('app:signal::SIGTERM');
      return stops > 21 && !(life.after(21, 'endpoints:endpoint::"ready":false') < stops - 1);
    },
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
        #         ^^^^^^^^^^^^^^ related: this one needs 30s
                  livenessProbe:
        #         ^^^^^^^^^^^^^ app is restarted 30s after it hangs, and the readiness probe takes 30s: it gets SIGTERM while clients are still sent to it
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
      // Readiness is a second sooner: the boundary.
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
                  readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 29, failureThreshold: 1 }
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
    for (const { name, container, at, serves } of model.mains) {
      const { livenessProbe: liveness, readinessProbe: readiness } = container;
      if (!serves || !liveness) continue;
      const live = detects(liveness);
      const ready = readiness ? detects(readiness) : Infinity;
      if (ready < live) continue;
      const other = readiness
        ? `the readiness probe takes ${formatSeconds(ready)}`
        : 'there is no readiness probe';
      yield {
        at: at.livenessProbe,
        message: `${name} is restarted ${formatSeconds(live)} after it hangs, and ${other}: it gets SIGTERM while clients are still sent to it`,
        certainty: 'bounded',
        restsOn: `${name} failing both probes at the same time`,
        ...(readiness
          ? {
              related: [
                { message: `this one needs ${formatSeconds(ready)}`, at: at.readinessProbe },
              ],
            }
          : {}),
        witness: [
          { at: 0, text: `${name} hangs` },
          { at: live, text: 'the liveness probe has failed for the last time: SIGTERM' },
          {
            at: live + 1.5,
            text: readiness
              ? 'the restart is reported: Ready=False, the endpoint goes'
              : 'the container runs again; the endpoint was never gone',
          },
        ],
      };
    }
  },
});

/** The seconds of failures that a probe needs. */
function detects(probe: Probe): number {
  const { period, failureThreshold } = probeNumbers(probe);
  return period * failureThreshold;
}
