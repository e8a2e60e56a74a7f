/** A liveness probe that restarts a container while clients are still sent to it. */
import { formatWindow } from '../../explanation/index.ts';
import { killAfterHang, notReadyAfter } from '../../lifecycle/index.ts';
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
    for (const { name, container, at, serves } of model.mains) {
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
        witness: [
          { at: 0, text: `${name} hangs` },
          { at: live.earliest, text: 'the liveness probe has failed for the last time: SIGTERM' },
          {
            at: live.earliest + 1.5,
            text: readiness
              ? 'the restart is reported: Ready=False, the endpoint goes'
              : 'the container runs again; the endpoint was never gone',
          },
        ],
      };
    }
  },
});
