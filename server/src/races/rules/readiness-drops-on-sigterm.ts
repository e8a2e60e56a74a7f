/** An app that fails its readiness probe while it drains: nobody is left for the proxies to fall back to. */
import { formatSeconds } from '../../explanation/index.ts';
import { probeNumbers, type PodContainer } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { lasting, withReadiness } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The app drains as long as that. */
const DRAIN_SECONDS = 100;
/** The pod is deleted so long after a readiness probe: no probe is later to see it. */
const AFTER_PROBE_SECONDS = 0.02;

export default defineRaceRule({
  id: 'readiness-drops-on-sigterm',
  severity: 'information',
  basis: 'source',
  summary: 'The app is not ready while it drains, so proxies cannot fall back to it.',
  why: `
    A pod that is being deleted is no ready endpoint whatever its probe says. When no ready endpoint
    is left, kube-proxy uses those that are terminating and still serving, which is what the
    readiness probe decides. An app that fails the probe at SIGTERM takes itself out of that.
  `,
  remedy: 'Let readiness succeed for as long as the app accepts connections.',
  upstream: [
    { path: 'pkg/proxy/topology.go' },
    { path: 'staging/src/k8s.io/endpointslice/utils.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      // From SIGTERM on such an app answers its probe with a failure.
      const failing = story.model.mains.filter((it) => it.serves && failsAtSigterm(it));
      const change = withReadiness(failing, ['ready']);
      const calm = story.live({ change, until: 200 });
      const probed = calm.after(
        calm.at('ready') + 1,
        `cri:ExecSync:${failing[0]?.name ?? ''}:"kind":"readiness"`,
      );
      const actions = [{ do: 'delete', at: probed + AFTER_PROBE_SECONDS }] as const;
      const life = story.live({ actions, apps: lasting(story, DRAIN_SECONDS), change });
      const stops = life.at('app:signal::SIGTERM');
      return life.after(stops, 'endpoints:endpoint::"serving":false') < life.at('app:exit');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.readiness-fails-on-sigterm: "true" }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe:
        #         ^^^^^^^^^^^^^^ app fails this probe from SIGTERM on: after up to 30s it no longer counts as serving, and when all pods end together nobody is left to fall back to
                    httpGet: { path: /ready, port: 8080 }
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
      // Nothing tells that it does.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe:
                    httpGet: { path: /ready, port: 8080 }
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
    const { model, budgets } = workload;
    if (!model || !isLongRunning(workload)) return;
    // A budget that keeps one of several pods is enough.
    if (budgets.length > 0 && workload.replicas > 1) return;
    for (const container of model.mains) {
      const probe = container.container.readinessProbe;
      if (!container.serves || !probe || !failsAtSigterm(container)) continue;
      const { period, failureThreshold } = probeNumbers(probe);
      const hook = container.preStop.seconds.earliest;
      const declared = container.app.readinessFailsOnSigterm.declared;
      yield {
        at: container.at.readinessProbe,
        message: `${container.name} fails this probe from SIGTERM on: after up to ${formatSeconds(period * failureThreshold)} it no longer counts as serving, and when all pods end together nobody is left to fall back to`,
        ...(declared && endsTogether(workload) ? { severity: 'warning' as const } : {}),
        certainty: 'assumed',
        restsOn: declared
          ? 'that all pods end at the same time'
          : 'how Spring Boot reports its readiness, and that all pods end at the same time',
        witness: [
          {
            at: 0,
            text: 'the last pods are deleted together; proxies fall back to them',
            moment: 'api:delete',
          },
          {
            at: hook,
            text: `SIGTERM to ${container.name}: readiness fails from here on`,
            moment: `app:signal:${container.name}:SIGTERM`,
          },
          {
            at: (Math.floor(hook / period) + failureThreshold) * period,
            text: 'serving=false: new connections are refused',
            moment: 'endpoints:endpoint::"serving":false',
          },
        ],
      };
    }
  },
});

/** Declared, or the readiness group of Spring Boot's actuator. */
function failsAtSigterm({ app, container }: PodContainer): boolean {
  if (app.readinessFailsOnSigterm.declared) return app.readinessFailsOnSigterm.value === true;
  const path = container.readinessProbe?.httpGet?.path ?? '';
  const graceful = (container.env ?? []).some(
    (it) => it.name === 'SERVER_SHUTDOWN' && it.value?.toLowerCase() === 'graceful',
  );
  return graceful && path.endsWith('/actuator/health/readiness');
}

/** A rollout or any drain ends them all. */
function endsTogether({ kind, replicas, object }: WorkloadPrediction): boolean {
  const { spec } = object as { spec?: { strategy?: { type?: string } } };
  return kind === 'Deployment' ? spec?.strategy?.type === 'Recreate' : replicas === 1;
}
