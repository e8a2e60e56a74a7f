/** A startup probe that gives up before the app has booted. */
import { probeNumbers } from '../../lifecycle/index.ts';
import { bootKill } from '../facts/boot.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'startup-budget-too-small',
  severity: 'warning',
  basis: 'source',
  summary:
    'The startup probe kills an app that is still booting, and does so again after each restart.',
  why: `
    The startup probe gives an app initialDelaySeconds and failureThreshold periods to answer once. An
    app that boots longer (a migration at the first start, a cold cache, little CPU) is killed with its
    grace period, restarted with back-off, and begins anew.
  `,
  remedy: 'Raise failureThreshold of the startupProbe well above the slowest boot.',
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
          annotations: { podsage.dev/app.listen-seconds: '10-90' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              startupProbe: { httpGet: { path: /livez, port: 8080 }, failureThreshold: 6 }
        #     ^^^^^^^^^^^^ the startup probe gives up 50s to 1m 1s after the start (6 failures 10s apart), and app takes 10s to 1m 30s to boot: it may be killed before it answers
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '60-90' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 }
        #     ^^^^^^^^^^^^ the startup probe gives up 10s to 16s after the start (3 failures 5s apart), and app takes 1m to 1m 30s to boot: it is always killed before it answers, and never comes up
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '10-90' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              startupProbe: { httpGet: { path: /livez, port: 8080 }, failureThreshold: 30 }
      `,
      // Just in time: the tenth failure can come 90 s after the start, and no sooner.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.listen-seconds: '10-90' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              startupProbe: { httpGet: { path: /livez, port: 8080 }, failureThreshold: 10 }
      `,
    ],
  },

  *find({ model, startup }) {
    if (!model || !startup) return;
    for (const container of lastingContainers(model)) {
      const { startupProbe: probe } = container.container;
      if (!probe) continue;
      const { startupProbe: at } = container.at;
      const found = bootKill(container, { kind: 'startup', probe, at }, startup);
      if (!found) continue;
      const threshold = Math.ceil((found.boot.latest * 1.5) / probeNumbers(probe).period) + 1;
      const change = { at: at.failureThreshold, value: threshold };
      yield {
        at,
        ...found.finding,
        fixes: Number.isFinite(threshold)
          ? [{ title: `Let the probe fail ${threshold} times`, changes: [change] }]
          : [],
      };
    }
  },
});
