/** Replicas that must not share a domain, and fewer domains than replicas. */
import { each, field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { domainsFor, preferInstead, termMeans } from '../facts/affinity.ts';
import { PENDING } from '../facts/replays.ts';
import { isScalable, replicaRange } from '../facts/replicas.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'antiaffinity-exceeds-nodes',
  severity: 'error',
  basis: 'source',
  summary: 'More replicas must be apart than there are nodes or zones for them.',
  why: `
    Required anti-affinity to the own labels takes one domain a pod. The surplus pods stay Pending until
    somebody adds a node. In a drain the free domain is the cordoned one.
  `,
  remedy: 'Prefer to be apart, or spread with topologySpreadConstraints; or add nodes.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/interpodaffinity/filtering.go' }],
  replay: PENDING,
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
                    - labelSelector: { matchLabels: { app: web } }
                      topologyKey: kubernetes.io/hostname
        #                          ^^^^^^^^^^^^^^^^^^^^^^ 3 replicas must be apart and they may use 2 nodes: 1 stays Pending
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: b, labels: { kubernetes.io/hostname: b } }
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 4
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - labelSelector: { matchLabels: { app: web } }
                      topologyKey: kubernetes.io/hostname
        #                          ^^^^^^^^^^^^^^^^^^^^^^ 4 replicas must be apart and the 3 assumed nodes take one each: 1 stays Pending
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // As many nodes as replicas.
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
                    - labelSelector: { matchLabels: { app: web } }
                      topologyKey: kubernetes.io/hostname
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // It keeps away from others, not from itself.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 9
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - labelSelector: { matchLabels: { app: batch } }
                      topologyKey: kubernetes.io/hostname
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *find(workload) {
    const { pod } = workload;
    if (!pod || !isScalable(workload)) return;
    const terms = field(pod).spec.affinity.podAntiAffinity;
    for (const [term, at] of each(terms.requiredDuringSchedulingIgnoredDuringExecution)) {
      if (termMeans(term, pod, pod) !== true) continue;
      const surplus = surplusOf(workload, term.topologyKey);
      if (!surplus) continue;
      yield { at: at.topologyKey, fixes: [preferInstead(pod, 'podAntiAffinity')], ...surplus };
      return;
    }
  },
});

function surplusOf(workload: WorkloadPrediction, key: string): Omit<RaceFinding, 'at'> | undefined {
  const { least, most } = replicaRange(workload);
  const domains = domainsFor(workload, key).size;
  // Nodes without the key do not count against each other.
  if (domains === 0 || most <= domains) return undefined;
  const { usesDefaultNodes } = workload.prediction.world.declared;
  const scaled = least <= domains;
  const left = most - domains;
  const where = usesDefaultNodes
    ? `the ${domains} assumed nodes take one each`
    : `they may use ${domainsText(domains, key)}`;
  const message =
    `${scaled ? `up to ${most}` : most} replicas must be apart and ${where}:` +
    ` ${left} ${left === 1 ? 'stays' : 'stay'} Pending`;
  if (!usesDefaultNodes) return { message, ...(scaled ? { severity: 'warning' as const } : {}) };
  return {
    message,
    severity: 'information',
    certainty: 'assumed',
    restsOn: 'the assumed cluster of three nodes, as no Node is declared',
  };
}

function domainsText(count: number, key: string): string {
  const noun = key.endsWith('hostname')
    ? 'node'
    : key.endsWith('zone')
      ? 'zone'
      : `value of ${key}`;
  return `${count} ${count === 1 ? noun : noun.replace(/^(\w+)/, '$1s')}`;
}
