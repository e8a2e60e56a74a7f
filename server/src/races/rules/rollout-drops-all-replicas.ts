/** A rolling update that may take all pods away at once. */
import { addWindows, formatSeconds, formatWindow } from '../../explanation/index.ts';
import { fieldAt, type StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { fewestReplicas, goneWindow, readyWindow, rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'rollout-drops-all-replicas',
  severity: 'warning',
  basis: 'source',
  summary: 'A rolling update may delete all pods of a Service before one new pod is Ready.',
  why: `
    With maxUnavailable as large as the replicas the controller deletes all old pods in its first step,
    together with creating the new ones. Nothing orders the end of the old before the first new pod is
    Ready: until then terminating pods serve as long as they accept, and then nobody does.
  `,
  remedy: 'Set maxUnavailable 0 and maxSurge 1, if no volume, host port or quota forbids it.',
  upstream: [{ path: 'pkg/controller/deployment/rolling.go' }],
  replay: {
    by: 'rollout',
    lost: (story) =>
      story.workload.services.length === 0 ? undefined : story.rollout()?.minReady === 0,
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          strategy:
            rollingUpdate:
              maxUnavailable: 1
        #                     ^ a rollout deletes the only pod at once; the first new one is Ready after 0.86s to 1m 1.9s
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          strategy: { rollingUpdate: { maxUnavailable: 100% } }
        #                                              ^^^^ a rollout deletes all 3 pods at once; the first new one is Ready after 59.86s to 2m 11.9s, and the old stop accepting after at most 30.65s
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  readinessProbe:
                    initialDelaySeconds: 60
                    httpGet: { path: /, port: 80 }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // A StatefulSet never surges.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 1
        #           ^ a rollout deletes the only pod, and makes its successor when it is gone: no ready pod for 1.18s to 1m 40.6s
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          selector: { app: db }
          ports: [{ port: 5432 }]
      `,
    ],
    safe: [
      // 25% of three is less than one.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          strategy: { rollingUpdate: { maxUnavailable: 25% } }
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // Nobody waits for a worker.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: worker }
        spec:
          replicas: 1
          strategy: { rollingUpdate: { maxUnavailable: 1 } }
          selector: { matchLabels: { app: worker } }
          template:
            metadata: { labels: { app: worker } }
            spec:
              containers: [{ name: app, image: "registry.example/worker:1" }]
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    if (workload.services.length === 0) return;
    const single = singleStatefulSet(workload);
    if (single) yield single;
    if (!rolling) return;
    const { replicas, maxUnavailable, deployment } = rolling;
    if (maxUnavailable < replicas) return;
    const ready = readyWindow(workload);
    const all = replicas === 1 ? 'the only pod' : `all ${replicas} pods`;
    const boot = ready ? `the first new one is Ready after ${formatWindow(ready)}` : '';
    const stopped = lastAccept(workload);
    // However fast the new pod is, the old one has long stopped.
    const surely = ready !== undefined && stopped !== undefined && ready.earliest > stopped;
    const at = fieldAt(deployment, ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable']);
    yield {
      at,
      message: `a rollout deletes ${all} at once${boot ? `; ${boot}` : ''}${surely ? `, and the old stop accepting after at most ${formatSeconds(stopped)}` : ''}`,
      severity: surely ? 'error' : 'warning',
      certainty: ready ? 'bounded' : 'exact',
      ...(ready ? { restsOn: `the ${workload.model?.profile.name ?? 'default'} profile` } : {}),
      fixes: [
        {
          title: 'Start a new pod before an old one goes: maxSurge 1, maxUnavailable 0',
          changes: [
            {
              at: rolling.at.spec.strategy.rollingUpdate,
              value: { maxSurge: 1, maxUnavailable: 0 },
            },
          ],
        },
      ],
      witness: [
        {
          at: 0,
          text: `${all} deleted, as many created`,
          moment: 'rollout:deleting::"ready":0',
        },
        ...(ready && Number.isFinite(ready.latest)
          ? [
              {
                at: ready.latest,
                text: 'the first new pod is Ready',
                event: 'ready',
                moment: 'rollout:ready::"of":"new"',
              },
            ]
          : []),
      ],
    };
  },
});

/** When the last serving container of an old pod surely accepts no more. */
function lastAccept(workload: WorkloadPrediction): number | undefined {
  const times = (workload.shutdown('rollout')?.ofKind('stops-accepting') ?? []).map(
    (it) => it.window.latest,
  );
  const last = Math.max(...times);
  return times.length > 0 && Number.isFinite(last) ? last : undefined;
}

/** A StatefulSet of one pod has no successor before the pod is gone; that is its nature. */
function singleStatefulSet(workload: WorkloadPrediction): RaceFinding | undefined {
  if (workload.kind !== 'StatefulSet' || fewestReplicas(workload) !== 1) return undefined;
  const { spec } = workload.object as unknown as StatefulSet;
  if (spec?.updateStrategy?.type === 'OnDelete') return undefined;
  const gone = goneWindow(workload);
  const ready = readyWindow(workload);
  if (!gone || !ready) return undefined;
  return {
    at: fieldAt(workload.object, ['spec', 'replicas']),
    severity: 'information',
    message: `a rollout deletes the only pod, and makes its successor when it is gone: no ready pod for ${formatWindow(addWindows(gone, ready))}`,
    cause: 'one-replica',
    certainty: 'bounded',
    restsOn: `the ${workload.model?.profile.name ?? 'default'} profile`,
  };
}
