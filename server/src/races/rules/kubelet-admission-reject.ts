/** Replacements that name their node, and come while the pod before them still holds its room. */
import { field, type Node, type Pod } from '../../manifest/index.ts';
import { hostPortConflict, nodeFacts, podRequests, PodInfoFactory } from '../../cluster/index.ts';
import { lasting } from '../facts/replays.ts';
import { nodesAreAssumed } from '../facts/rollouts.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Kinds whose controller makes the next pod as soon as the old one is told to stop. */
const HASTY_KINDS = ['Deployment', 'ReplicaSet', 'ReplicationController', 'Job'];

export default defineRaceRule({
  id: 'kubelet-admission-reject',
  severity: 'warning',
  basis: 'source',
  summary: 'The kubelet rejects replacements as long as the old pod holds what they need.',
  why: `
    For the kubelet a pod that is on its way out holds its room and its ports until its containers have
    stopped. The scheduler waits for that. A template with spec.nodeName does not ask it: the next pod is on
    the node at once, the kubelet rejects it (OutOfcpu, NodePorts), it stays behind as Failed, and the controller
    makes another, again and again until the old one is gone. At a rollout with a surge the old one does not go.
  `,
  remedy: 'Use nodeSelector with kubernetes.io/hostname instead of spec.nodeName.',
  upstream: [
    { path: 'pkg/kubelet/lifecycle/predicate.go' },
    { path: 'pkg/kubelet/kubelet_pods.go' },
    { path: 'pkg/controller/replicaset/replica_set.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) =>
      // A process that takes a few seconds to end.
      story.replaced({ apps: lasting(story, 5) }).has('status:phase:replacement:Failed'),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: db }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              nodeName: node-1
        #               ^^^^^^ node-1 has no room for two pods that request 3 CPU: when the pod is deleted or evicted, the kubelet rejects each replacement as Failed (OutOfcpu) until it is gone, and Deployment db makes the next at once
              containers:
                - name: db
                  image: registry.example/db:1
                  lifecycle: { preStop: { sleep: { seconds: 10 } } }
                  resources: { requests: { cpu: "3" } }
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: proxy }
        spec:
          selector: { matchLabels: { app: proxy } }
          template:
            metadata: { labels: { app: proxy } }
            spec:
              nodeName: node-1
        #               ^^^^^^ node-1 has port 443 once: when the pod is deleted or evicted, the kubelet rejects each replacement as Failed (NodePorts) until it is gone, and Deployment proxy makes the next at once
              containers:
                - name: proxy
                  image: registry.example/proxy:1
                  ports: [{ containerPort: 443, hostPort: 443 }]
      `,
    ],
    safe: [
      // The scheduler waits until the old pod is gone.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: db }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              nodeSelector: { kubernetes.io/hostname: node-1 }
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { cpu: "3" } }
      `,
      // So does a StatefulSet; and a pod that is deleted by force the kubelet does not count.
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
              nodeName: node-1
              terminationGracePeriodSeconds: 0
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { cpu: "3" } }
      `,
      // Two fit on a node of 4 CPU.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: db }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              nodeName: node-1
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { cpu: "2" } }
      `,
    ],
  },

  *find(workload) {
    const { pod, kind, prediction } = workload;
    const nodeName = pod?.spec.nodeName;
    if (!pod || !nodeName || !HASTY_KINDS.includes(kind)) return;
    const node = prediction.snapshot.list('Node').find((it) => it.metadata.name === nodeName);
    const tight = node && tightness(pod, node);
    if (!tight) return;
    const { spec } = field(pod);
    yield {
      at: spec.nodeName,
      message:
        `${nodeName} has ${tight.has}: when the pod is deleted or evicted, the kubelet rejects each` +
        ` replacement as Failed (${tight.reason}) until it is gone, and ${nameOf(workload)} makes the next at once`,
      ...(nodesAreAssumed(prediction)
        ? { certainty: 'assumed' as const, restsOn: 'the assumed nodes of 4 CPU and 16Gi' }
        : {}),
      witness: [
        {
          at: 0,
          text: 'the pod is deleted; its controller makes another',
          moment: 'status:deletion',
        },
        {
          at: 0,
          text: `the old pod still counts: the kubelet rejects the next, ${tight.reason}`,
          moment: `status:reason:replacement:${tight.reason}`,
        },
      ],
      cause: 'node-name',
      fixes: [
        {
          title: 'Ask the scheduler for this node',
          changes: [
            { at: spec.nodeName, value: undefined },
            {
              at: spec.nodeSelector,
              value: { ...pod.spec.nodeSelector, 'kubernetes.io/hostname': nodeName },
            },
          ],
        },
      ],
    };
  },
});

interface Tightness {
  readonly has: string;
  /** The kubelet's word. */
  readonly reason: string;
}

/** What one pod takes of the node so that a second finds too little; undefined where both fit. */
function tightness(pod: Pod, node: Node): Tightness | undefined {
  const { allocatable } = nodeFacts(node, 0, new Map());
  const { requests } = podRequests(pod);
  for (const [name, label, wanted, all] of [
    ['cpu', 'CPU', requests.milliCpu, allocatable.milliCpu],
    ['memory', 'of memory', requests.memory, allocatable.memory],
  ] as const) {
    if (wanted === 0 || wanted > all || 2 * wanted <= all) continue;
    const written = pod.spec.containers.flatMap((it) => it.resources?.requests?.[name] ?? []);
    const has = `no room for two pods that request ${written.join(' + ')} ${label}`;
    return { has, reason: `OutOf${name}` };
  }
  const { hostPorts } = new PodInfoFactory().infoOf(pod);
  const port = hostPortConflict(hostPorts, hostPorts)?.hostPort;
  return port === undefined ? undefined : { has: `port ${port} once`, reason: 'NodePorts' };
}
