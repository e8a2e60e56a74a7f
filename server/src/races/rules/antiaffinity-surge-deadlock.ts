/** A rolling update whose surge pod is kept off every node by its own old pods. */
import { each, field, selectorMatches, type Citable, type Pod } from '../../manifest/index.ts';
import { STUCK_ROLLOUT } from '../facts/replays.ts';
import { onTheseNodes, replaceInPlace, rollingDeployment } from '../facts/rollouts.ts';
import { stuckWitness } from '../facts/rollout-witness.ts';
import { isStuck, surgePlacement } from '../facts/surge.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'antiaffinity-surge-deadlock',
  severity: 'error',
  basis: 'source',
  summary: 'A rollout waits for a node that is free of its own old pods, and there is none.',
  why: `
    A required anti-affinity against the pod's own labels also counts the old revision, terminating pods
    included. With as many pods as domains the surge pod stays Pending, and with maxUnavailable 0 no old
    pod goes for it.
  `,
  remedy:
    'Set maxSurge 0 and maxUnavailable 1, prefer the anti-affinity, add matchLabelKeys: [pod-template-hash] to it, or spread with topologySpreadConstraints.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/interpodaffinity/filtering.go' }],
  replay: STUCK_ROLLOUT,
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - topologyKey: kubernetes.io/hostname
        #                          ^^^^^^^^^^^^^^^^^^^^^^ a rollout never begins: the 3 old pods keep a new one off every node, and with maxUnavailable 0 none goes before a new one is Ready
                      labelSelector: { matchLabels: { app: web } }
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      yaml`
        #- web.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - topologyKey: kubernetes.io/hostname
        #                          ^^^^^^^^^^^^^^^^^^^^^^ a rollout never begins: the old pod keeps a new one off every node, and with maxUnavailable 0 none goes before a new one is Ready
                      labelSelector: { matchLabels: { app: web } }
              containers: [{ name: app, image: "registry.example/web:1" }]
        #- nodes.yaml
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
    ],
    safe: [
      // Old and new pods do not count for each other.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - topologyKey: kubernetes.io/hostname
                      labelSelector: { matchLabels: { app: web } }
                      matchLabelKeys: [pod-template-hash]
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // With four replicas one may be unavailable, but here there is a node to spare.
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
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - topologyKey: kubernetes.io/hostname
                      labelSelector: { matchLabels: { app: web } }
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    const { pod, prediction } = workload;
    const at = pod && selfAntiAffinity(pod);
    if (!rolling || !at || rolling.maxUnavailable > 0) return;
    const placed = surgePlacement(workload, rolling);
    if (!placed || !isStuck(placed) || !placed.result.refusedBy.has('InterPodAffinity')) return;
    const { result } = placed;
    const kept = result.refusedBy.get('InterPodAffinity') ?? 0;
    const where = kept === result.nodeCount ? 'every node' : 'every node that suits';
    const old =
      rolling.replicas === 1 ? 'the old pod keeps' : `the ${rolling.replicas} old pods keep`;
    yield {
      at,
      message: `a rollout never begins: ${old} a new one off ${where}, and with maxUnavailable 0 none goes before a new one is Ready`,
      ...onTheseNodes(prediction),
      fixes: [
        {
          title: 'Replace in place: maxSurge 0, maxUnavailable 1',
          changes: [replaceInPlace(rolling)],
        },
      ],
      witness: stuckWitness(rolling, {
        reason: 'FailedScheduling',
        message: result.message ?? '',
      }),
      cause: 'surge-placement',
    };
  },
});

/** The first required anti-affinity against pods like itself, of any revision. */
function selfAntiAffinity(pod: Pod): Citable | undefined {
  const { podAntiAffinity } = field(pod).spec.affinity;
  const { 'pod-template-hash': _, ...labels } = pod.metadata.labels ?? {};
  const namespace = pod.metadata.namespace || 'default';
  for (const [term, at] of each(podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution)) {
    const elsewhere = (term.namespaces ?? []).length > 0 && !term.namespaces?.includes(namespace);
    if (!elsewhere && selectorMatches(term.labelSelector, labels)) return at.topologyKey;
  }
  return undefined;
}
