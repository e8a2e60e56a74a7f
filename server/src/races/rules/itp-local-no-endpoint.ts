/** internalTrafficPolicy Local with nodes that have no endpoint. */
import { addWindows, formatWindow } from '../../explanation/index.ts';
import { field, scaledValue, type DaemonSet, type Service } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { needsRecreate } from '../facts/claims.ts';
import { countOf, goneWindow, onTheseNodes, readyWindow } from '../facts/rollouts.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'itp-local-no-endpoint',
  severity: 'error',
  basis: 'source',
  summary: 'Clients on a node without a pod of the Service get no answer.',
  why: `
    With internalTrafficPolicy Local the data plane of a node uses only endpoints of that node. Without
    one, connections of its clients are dropped, though other nodes have endpoints. A DaemonSet without
    surge has no pod on a node while it is updated there.
  `,
  remedy:
    'Use trafficDistribution: PreferSameNode, which falls back, or a DaemonSet with maxSurge 1 and maxUnavailable 0.',
  upstream: [{ path: 'pkg/proxy/topology.go' }],
  replay: {
    by: 'endpoints',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(({ service, workloads }) => {
        if (service.spec.internalTrafficPolicy !== 'Local') return false;
        const endpoints = world.slices(service).flatMap((it) => it.endpoints);
        const served = new Set(endpoints.map((it) => it.nodeName));
        const nodes = world.prediction.snapshot.list('Node');
        // An update leaves a node without its pod, unless the next one comes first.
        const gaps = workloads.some((it) => {
          const rollout = it.kind === 'DaemonSet' ? world.of(it)?.rollout() : undefined;
          return rollout !== undefined && rollout.minReady < rollout.before.ready;
        });
        return gaps || nodes.some((it) => !served.has(it.metadata.name));
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: cache }
        spec:
          internalTrafficPolicy: Local
        #                        ^^^^^ clients on at least 1 node of 2 get no answer: Deployment cache has 1 pod, and each node uses only its own
          selector: { app: cache }
          ports: [{ port: 6379 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: cache }
        spec:
          replicas: 1
          selector: { matchLabels: { app: cache } }
          template:
            metadata: { labels: { app: cache } }
            spec:
              containers: [{ name: app, image: "registry.example/cache:1" }]
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: b, labels: { kubernetes.io/hostname: b } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: agent }
        spec:
          internalTrafficPolicy: Local
        #                        ^^^^^ an update of DaemonSet agent leaves the clients of each node without a ready endpoint for 1.18s to 1m 40.6s
          selector: { app: agent }
          ports: [{ port: 4317 }]
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
        # <---- related: deletes first
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers: [{ name: agent, image: "registry.example/agent:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: agent }
        spec:
          internalTrafficPolicy: Local
          selector: { app: agent }
          ports: [{ port: 4317 }]
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers: [{ name: agent, image: "registry.example/agent:1" }]
      `,
      // As many replicas as there are nodes.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: cache }
        spec:
          internalTrafficPolicy: Local
          selector: { app: cache }
          ports: [{ port: 6379 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: cache }
        spec:
          replicas: 3
          selector: { matchLabels: { app: cache } }
          template:
            metadata: { labels: { app: cache } }
            spec:
              containers: [{ name: app, image: "registry.example/cache:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const [only, ...more] = workloads;
      if (service.spec.internalTrafficPolicy !== 'Local' || !only || more.length > 0) continue;
      const finding =
        only.kind === 'DaemonSet' ? duringUpdate(service, only) : always(service, only, prediction);
      if (finding) yield finding;
    }
  },
});

function always(
  service: Service,
  workload: WorkloadPrediction,
  prediction: Prediction,
): RaceFinding | undefined {
  const nodes = prediction.snapshot
    .list('Node')
    .filter((it) => !it.spec?.unschedulable && (it.spec?.taints ?? []).length === 0).length;
  const { replicas } = workload;
  if (replicas >= nodes || replicas === 0) return undefined;
  const at = field(service).spec.internalTrafficPolicy;
  return {
    at,
    message: `clients on at least ${countOf(nodes - replicas, 'node')} of ${nodes} get no answer: ${nameOf(workload)} has ${countOf(replicas, 'pod')}, and each node uses only its own`,
    ...onTheseNodes(prediction),
    fixes: [
      {
        title: 'Prefer the own node, and fall back to others',
        changes: [
          { at, value: undefined },
          { at: field(service).spec.trafficDistribution, value: 'PreferSameNode' },
        ],
      },
    ],
  };
}

function duringUpdate(service: Service, workload: WorkloadPrediction): RaceFinding | undefined {
  const set = workload.object as unknown as DaemonSet;
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, 100, true) ?? 0;
  if (type === 'OnDelete' || surge > 0) return undefined;
  const gone = goneWindow(workload);
  const ready = readyWindow(workload);
  if (!gone || !ready) return undefined;
  return {
    at: field(service).spec.internalTrafficPolicy,
    severity: 'warning',
    message: `an update of ${nameOf(workload)} leaves the clients of each node without a ready endpoint for ${formatWindow(addWindows(gone, ready))}`,
    certainty: 'bounded',
    restsOn: `the ${workload.model?.profile.name ?? 'default'} profile`,
    related: [{ message: 'deletes first', at: field(set).spec.updateStrategy }],
    // Ports and directories of the node are there for one pod at a time.
    fixes: needsRecreate(workload)
      ? []
      : [
          {
            title: `Update ${nameOf(workload)} with a surge of one`,
            changes: [
              {
                at: field(set).spec.updateStrategy.rollingUpdate,
                value: { maxSurge: 1, maxUnavailable: 0 },
              },
            ],
          },
        ],
  };
}
