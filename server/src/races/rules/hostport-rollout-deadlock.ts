/** A rolling update whose surge pod finds no node with its host ports free. */
import { hostPorts } from '../facts/host-ports.ts';
import { STUCK_ROLLOUT } from '../facts/replays.ts';
import { countOf, onTheseNodes, replaceInPlace, rollingDeployment } from '../facts/rollouts.ts';
import { stuckWitness } from '../facts/rollout-witness.ts';
import { isStuck, surgePlacement } from '../facts/surge.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'hostport-rollout-deadlock',
  severity: 'error',
  basis: 'source',
  summary: 'A rollout waits for a host port that the old pods hold on every node.',
  why: `
    A host port is taken once a node, by terminating pods too. With maxUnavailable 0 the new pod comes
    first; where the old ones hold the port on every node that suits, it stays Pending, and they stay
    because it is not Ready. With hostNetwork every declared port is a host port.
  `,
  remedy:
    'Set maxSurge 0 and maxUnavailable 1, use a DaemonSet, have more nodes than pods, or drop the host port.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/nodeports/node_ports.go' }],
  replay: STUCK_ROLLOUT,
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: edge }
        spec:
          replicas: 1
          selector: { matchLabels: { app: edge } }
          template:
            metadata: { labels: { app: edge } }
            spec:
              containers:
                - name: app
                  image: registry.example/edge:1
                  ports:
                    - containerPort: 8080
                      hostPort: 80
        #                       ^^ a rollout never begins: the old pod holds host port 80 on the only node, and with maxUnavailable 0 none goes before a new one is Ready
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
      // The nodes are only assumed, and there are as many pods.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: edge }
        spec:
          replicas: 3
          selector: { matchLabels: { app: edge } }
          template:
            metadata: { labels: { app: edge } }
            spec:
              hostNetwork: true
              containers:
                - name: app
                  image: registry.example/edge:1
                  ports:
                    - containerPort: 8080
        #                            ^^^^ a rollout never begins: 3 old pods hold host port 8080 on each of the 3 nodes, and with maxUnavailable 0 none goes before a new one is Ready
      `,
    ],
    safe: [
      // One node more than there are pods.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: edge }
        spec:
          replicas: 2
          selector: { matchLabels: { app: edge } }
          template:
            metadata: { labels: { app: edge } }
            spec:
              containers:
                - name: app
                  image: registry.example/edge:1
                  ports:
                    - containerPort: 8080
                      hostPort: 80
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: edge }
        spec:
          replicas: 3
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
          selector: { matchLabels: { app: edge } }
          template:
            metadata: { labels: { app: edge } }
            spec:
              containers:
                - name: app
                  image: registry.example/edge:1
                  ports:
                    - containerPort: 8080
                      hostPort: 80
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    const { pod, prediction } = workload;
    const [port] = pod ? hostPorts(pod) : [];
    if (!rolling || !port || rolling.maxUnavailable > 0) return;
    const placed = surgePlacement(workload, rolling);
    if (!placed || !isStuck(placed) || !placed.result.refusedBy.has('NodePorts')) return;
    const { result } = placed;
    const held = result.refusedBy.get('NodePorts') ?? 0;
    const old = rolling.replicas === 1 ? 'the old pod holds' : `${rolling.replicas} old pods hold`;
    const where =
      held === result.nodeCount
        ? onEvery(held)
        : `${countOf(held, 'node')} of ${result.nodeCount}, the others do not suit`;
    yield {
      at: port.at,
      message: `a rollout never begins: ${old} host port ${port.number} on ${where}, and with maxUnavailable 0 none goes before a new one is Ready`,
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

function onEvery(nodes: number): string {
  return nodes === 1 ? 'the only node' : `each of the ${nodes} nodes`;
}
