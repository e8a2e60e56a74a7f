/** A replacement that arrives while the process before it still holds the node's room. */
import { field, milliUnitsOf } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'kubelet-admission-reject',
  severity: 'information',
  basis: 'source',
  summary: 'A replacement is bound to a node whose room the old process still holds.',
  why: `
    With a grace period of 0 the object goes at once and the scheduler counts its room as free, while the
    kubelet still stops the process. Where only one such pod fits a node, the kubelet rejects the new one
    (OutOfcpu), it is Failed, and the controller makes another.
  `,
  remedy: 'Leave a grace period of at least 1 second, and do not delete such pods with --force.',
  upstream: [
    { path: 'pkg/kubelet/lifecycle/predicate.go' },
    { path: 'pkg/scheduler/schedule_one.go' },
  ],
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 0
        #                                    ^ the replacement may come to the node while the old process still runs, and two requests of 3 CPU do not fit there: the kubelet rejects it as Failed and another is made
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { cpu: "3" } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 30
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { cpu: "3" } }
      `,
      // Two fit on a node of 4 CPU.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 0
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { cpu: "2" } }
      `,
    ],
  },

  *find(workload) {
    const { pod, kind, prediction } = workload;
    if (!pod || pod.spec.terminationGracePeriodSeconds !== 0) return;
    if (kind === 'Pod' || kind === 'DaemonSet') return;
    const tight = tightResource(workload);
    if (!tight) return;
    const assumed = prediction.world.declared.usesDefaultNodes;
    yield {
      at: field(pod).spec.terminationGracePeriodSeconds,
      message: `the replacement may come to the node while the old process still runs, and two requests of ${tight} do not fit there: the kubelet rejects it as Failed and another is made`,
      certainty: 'assumed',
      restsOn: assumed
        ? 'the assumed nodes of 4 CPU and 16Gi'
        : 'that the replacement comes to the same node',
      fixes: [
        {
          title: 'Leave the default grace period of 30s',
          changes: [{ at: field(pod).spec.terminationGracePeriodSeconds, value: 30 }],
        },
      ],
    };
  },
});

/** A resource of which every node has room for one such pod and none for two. */
function tightResource({ pod, prediction }: WorkloadPrediction): string | undefined {
  const nodes = prediction.snapshot.list('Node');
  for (const [name, label] of [
    ['cpu', 'CPU'],
    ['memory', 'memory'],
  ] as const) {
    const wanted = (pod?.spec.containers ?? []).reduce(
      (sum, it) => sum + milliUnitsOf(it.resources?.requests?.[name]),
      0,
    );
    const rooms = nodes.map((it) => milliUnitsOf(it.status?.allocatable?.[name]));
    const fits = rooms.filter((it) => it >= wanted);
    if (wanted > 0 && fits.length > 0 && fits.every((it) => it < 2 * wanted)) {
      const text = pod?.spec.containers.flatMap((it) => it.resources?.requests?.[name] ?? []);
      return `${text?.join(' + ')} ${label}`;
    }
  }
  return undefined;
}
