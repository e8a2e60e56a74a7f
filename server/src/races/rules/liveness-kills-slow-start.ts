/** A liveness probe that gives up before the app has booted. */
import { bootKill } from '../facts/boot.ts';
import { handlerFields } from '../facts/probes.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'liveness-kills-slow-start',
  severity: 'warning',
  basis: 'source',
  summary:
    'The liveness probe kills an app that is still booting, and does so again after each restart.',
  why: `
    Without a startup probe liveness counts from the container's start. When failureThreshold probes
    have failed before the app answers the container is restarted, boots again, and is killed again,
    with a back-off that grows to five minutes.
  `,
  remedy: 'Add a startupProbe with the same handler and a budget longer than the slowest boot.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ boot: 'latest', until: 300 });
      return life.has('app:signal::SIGTERM');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '5-40' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              livenessProbe: { httpGet: { path: /livez, port: 8080 } }
        #     ^^^^^^^^^^^^^ the liveness probe gives up 20s to 31s after the start (3 failures 10s apart), and app takes 5s to 40s to boot: it may be killed before it answers
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '50-60' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              livenessProbe: { httpGet: { path: /livez, port: 8080 } }
        #     ^^^^^^^^^^^^^ the liveness probe gives up 20s to 31s after the start (3 failures 10s apart), and app takes 50s to 1m to boot: it is always killed before it answers, and never comes up
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '5-40' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              livenessProbe: { httpGet: { path: /livez, port: 8080 } }
              startupProbe: { httpGet: { path: /livez, port: 8080 }, failureThreshold: 10 }
      `,
      // Just in time: the third failure can come 20 s after the start, and no sooner.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '5-20' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              livenessProbe: { httpGet: { path: /livez, port: 8080 } }
      `,
    ],
  },

  *find({ model, startup }) {
    if (!model || !startup) return;
    for (const container of lastingContainers(model)) {
      const { startupProbe, livenessProbe } = container.container;
      if (!livenessProbe || startupProbe) continue;
      const { livenessProbe: at, startupProbe: startupAt } = container.at;
      const placed = { kind: 'liveness', probe: livenessProbe, at } as const;
      const found = bootKill(container, placed, startup);
      if (!found) continue;
      const { boot } = found;
      const threshold = Math.ceil(boot.latest / 5) + 6;
      yield {
        at,
        ...found.finding,
        fixes: Number.isFinite(threshold)
          ? [
              {
                title: `Add a startup probe of ${threshold * 5}s`,
                changes: [
                  {
                    at: startupAt,
                    value: {
                      ...handlerFields(livenessProbe),
                      periodSeconds: 5,
                      failureThreshold: threshold,
                    },
                  },
                ],
              },
            ]
          : [],
      };
    }
  },
});
