/** Pods on the node's network whose ports the scheduler cannot see. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { replaceInPlace, rollingDeployment, type RollingDeployment } from '../facts/rollouts.ts';
import { surgePlacement } from '../facts/surge.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

/** Runs that are tried to find one in which two pods meet. */
const MAX_TRIES = 10;

export default defineRaceRule({
  id: 'hostnetwork-undeclared-port',
  severity: 'warning',
  basis: 'source',
  summary: 'Two pods of a node may want the same port of it, and the scheduler does not know.',
  why: `
    With hostNetwork a process listens on the node itself. The scheduler keeps two such pods apart only by
    the ports they declare. Undeclared, the second one on a node fails with "address already in use" and
    restarts until the first is gone, which in a rollout may wait for the second to be Ready.
  `,
  remedy: 'Declare the ports in containerPort, or require anti-affinity between the pods.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/nodeports/node_ports.go' }],
  replay: {
    by: 'rollout',
    // Each pod listens on the port that its probe asks for; which of equal nodes it gets is tried.
    lost: (story) => {
      const { hostNetwork, containers } = story.model.pod.spec;
      const [probed] = containers.flatMap((it) => it.readinessProbe?.httpGet?.port ?? []);
      if (!hostNetwork || typeof probed !== 'number') return false;
      return Array.from({ length: MAX_TRIES }, (_, i) => i + 1).some((seed) =>
        story.rollout({ hostPort: probed, seed })?.notices.some((it) => it.what === 'BackOff'),
      );
    },
  },
  examples: {
    racing: [
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
        #                  ^^^^ app listens on port 8080 of its node and declares no port: a pod that lands beside another fails to bind it, and with maxUnavailable 0 the old one stays until it is Ready
              containers:
                - name: app
                  image: registry.example/edge:1
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
      `,
    ],
    safe: [
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
              hostNetwork: true
              containers:
                - name: app
                  image: registry.example/edge:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
      `,
      // Kept apart by their labels.
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
              hostNetwork: true
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - topologyKey: kubernetes.io/hostname
                      labelSelector: { matchLabels: { app: edge } }
              containers:
                - name: app
                  image: registry.example/edge:1
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    const { model } = workload;
    if (!rolling || !model?.pod.spec.hostNetwork) return;
    const listening = listens(model);
    if (!listening || rolling.replicas + rolling.maxSurge < 2) return;
    // Where the next pod cannot come beside an old one, nothing collides.
    const placed = surgePlacement(workload, rolling);
    if (!placed?.result.feasible.some((it) => placed.oldNodes.includes(it))) return;
    const stays =
      rolling.maxUnavailable === 0
        ? ', and with maxUnavailable 0 the old one stays until it is Ready'
        : '';
    yield {
      at: field(model.pod).spec.hostNetwork,
      message: `${listening.container.name} listens on port ${listening.port} of its node and declares no port: a pod that lands beside another fails to bind it${stays}`,
      certainty: 'assumed',
      restsOn: 'that it listens on the port its probe asks for',
      fixes: declarePort(listening, rolling),
    };
  },
});

/** Declared, the port keeps the pods apart; a new one then has to wait for an old one to go. */
function declarePort(
  { container, port }: Listening,
  rolling: RollingDeployment,
): readonly RaceFix[] {
  const declared = { at: container.at.ports, value: [{ containerPort: port }] };
  return rolling.maxUnavailable > 0
    ? [{ title: `Declare port ${port}`, changes: [declared] }]
    : [
        {
          title: `Declare port ${port}, and replace in place: maxSurge 0, maxUnavailable 1`,
          changes: [declared, replaceInPlace(rolling)],
        },
      ];
}

interface Listening {
  readonly container: PodContainer;
  readonly port: number;
}

/** A container that declares no port and is probed on one. */
function listens(model: PodModel): Listening | undefined {
  if (model.mains.some((it) => (it.container.ports ?? []).length > 0)) return undefined;
  for (const it of model.mains) {
    const { readinessProbe, livenessProbe, startupProbe } = it.container;
    for (const probe of [readinessProbe, livenessProbe, startupProbe]) {
      const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port;
      if (typeof port === 'number') return { container: it, port };
    }
  }
  return undefined;
}
