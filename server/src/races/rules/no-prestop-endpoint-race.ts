/**
 * Endpoint removal against SIGTERM: the pod is told to stop while proxies still send it clients.
 * The order is asked of the temporal network, so hooks of any kind and the app's own delay count.
 * A hook that nobody understands is not judged; one that is too short is.
 */
import { formatSeconds } from '../../explanation/index.ts';
import {
  forgottenBy,
  type LifecycleTimeline,
  type PodContainer,
  type TrafficConsumer,
} from '../../lifecycle/index.ts';
import type { Service, StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED, closes, lagOf, leaves } from '../facts/replays.ts';
import { hookPlace, longerHook } from '../facts/shutdown.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';
import { certainSteps, decisiveSteps } from '../witness.ts';

export default defineRaceRule({
  id: 'no-prestop-endpoint-race',
  severity: 'warning',
  basis: 'source',
  summary: 'The app is told to stop while clients are still sent to it.',
  why: `
    A deletion starts two chains at once. The kubelet sends SIGTERM within milliseconds; the
    EndpointSlice controller, every kube-proxy, the ingress and the load balancer take seconds to
    forget the pod. Without a delay before SIGTERM an app that closes its listener then refuses
    the connections that are still sent to it.
  `,
  remedy:
    'Delay SIGTERM by a preStop sleep that covers the slowest of them, and raise terminationGracePeriodSeconds by as much.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'pkg/controller/endpointslice/endpointslice_controller.go' },
  ],
  yieldsTo: [
    'exec-prestop-shellless',
    'grace-zero-force-delete',
    'prestop-fills-grace',
    'sleep-action-unsupported',
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ actions: DELETED });
      const removed = leaves(life);
      const { consumers } = story.model.traffic;
      return story.model.mains.some((it) =>
        consumers.some(
          (consumer) => it.serves && closes(life, it) < removed + lagOf(story, consumer),
        ),
      );
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
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
        #               ^^^ app is told to stop at once, while kube-proxy on every node may send new connections for 3.19s more
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
      // A hook, but too short for the ingress.
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
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
                  lifecycle: { preStop: { sleep: { seconds: 2 } } }
        #                                                   ^ app is told to stop after a preStop of 2s, while ingress shop may send new connections for 3.19s more
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: { name: shop }
        spec:
          ingressClassName: nginx
          defaultBackend: { service: { name: web, port: { number: 80 } } }
      `,
    ],
    safe: [
      // The first whole second that covers kube-proxy; it is the boundary.
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
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
                  lifecycle: { preStop: { sleep: { seconds: 4 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
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
              terminationGracePeriodSeconds: 60
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
                  lifecycle: { preStop: { sleep: { seconds: 20 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
      // Nobody is sent to it.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: worker }
        spec:
          selector: { matchLabels: { app: worker } }
          template:
            metadata: { labels: { app: worker } }
            spec:
              containers:
                - name: app
                  image: registry.example/worker:1
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    const shutdown = workload.shutdown('delete');
    if (!model || !shutdown || !isLongRunning(workload)) return;
    for (const container of model.mains) {
      if (!container.serves || !isJudged(container)) continue;
      const finding = raceOf(container, workload, shutdown);
      if (finding) yield finding;
    }
  },
});

/** A hook that may last any time, or that fails, is another rule's business. */
function isJudged({ preStop }: PodContainer): boolean {
  return preStop.fails !== 'yes' && Number.isFinite(preStop.seconds.latest);
}

function raceOf(
  container: PodContainer,
  workload: WorkloadPrediction,
  shutdown: LifecycleTimeline,
): RaceFinding | undefined {
  const { model } = workload;
  const stops = `stops-accepting:${container.name}`;
  // The consumer that forgets the pod last is the one to wait for.
  const [worst] = (model?.traffic.consumers ?? [])
    .filter((it) => it.service.spec.publishNotReadyAddresses !== true && hasTcp(it.service))
    .map((it) => ({ consumer: it, order: shutdown.order(forgottenBy(it), stops) }))
    .flatMap((it) => {
      const { order } = it;
      if (order.relation === 'unordered') return [{ ...it, late: order.bFirst.gapSeconds }];
      return order.relation === 'after' ? [{ ...it, late: order.proof.marginSeconds }] : [];
    })
    // What is told of peers is lighter, so anybody else comes first.
    .sort((a, b) => peersLast(a.consumer, b.consumer, workload) || b.late - a.late);
  if (!worst || !model) return undefined;
  const { consumer, order, late } = worst;
  const peers = isForPeers(consumer.service, workload);
  const witness =
    order.relation === 'unordered'
      ? decisiveSteps(shutdown, order.bFirst)
      : order.relation === 'after'
        ? certainSteps(shutdown, order.proof.chain, [stops, forgottenBy(consumer)])
        : [];
  return {
    at: hookPlace(container),
    message: `${stopWords(container)}, while ${consumer.label} may send new connections for ${formatSeconds(late)} more`,
    certainty: 'assumed',
    restsOn: `the ${model.profile.name} profile, ${peers ? `clients of any pod rather than of ${workload.name}-0 by name, ` : ''}and that ${container.name} closes its listener at SIGTERM`,
    // With nobody else to serve, or who means this very pod, the request fails in any case.
    ...(workload.replicas < 2 || peers ? { severity: 'information' as const } : {}),
    witness,
    // Worked out when somebody asks for it: that takes longer than the rest.
    get fixes() {
      return longerHook(container, workload, model);
    },
    cause: `endpoint-race:${container.name}`,
  };
}

/** The headless Service that names the pods of a StatefulSet one by one. */
function isForPeers(service: Service, { kind, object }: WorkloadPrediction): boolean {
  const { serviceName } = (object as unknown as StatefulSet).spec;
  return (
    kind === 'StatefulSet' &&
    service.spec.clusterIP === 'None' &&
    service.metadata.name === serviceName
  );
}

function peersLast(a: TrafficConsumer, b: TrafficConsumer, workload: WorkloadPrediction): number {
  return Number(isForPeers(a.service, workload)) - Number(isForPeers(b.service, workload));
}

/** UDP clients have no connection that could be refused. */
function hasTcp({
  spec,
}: {
  readonly spec: { readonly ports?: readonly { protocol?: string }[] };
}) {
  const ports = spec.ports ?? [];
  return ports.length === 0 || ports.some((it) => it.protocol !== 'UDP');
}

function stopWords({ name, preStop }: PodContainer): string {
  if (preStop.kind === 'none') return `${name} is told to stop at once`;
  if (preStop.stopsApp === 'yes') return `${name} is told to stop by its own preStop hook`;
  return `${name} is told to stop after a preStop of ${formatSeconds(preStop.seconds.earliest)}`;
}
