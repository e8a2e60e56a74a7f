/** gRPC and websocket clients behind a Service that balances connections, not calls. */
import { formatSeconds } from '../../explanation/index.ts';
import { each, field, type Service } from '../../manifest/index.ts';
import type { TrafficConsumer } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import {
  DELETED_LATE,
  every,
  OWN_POD,
  podOf,
  slowest,
  steadyPod,
  TO_NODES,
  wayOf,
} from '../facts/clients.ts';
import { lasting, leaves } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

type ServicePort = NonNullable<Service['spec']['ports']>[number];

export default defineRaceRule({
  id: 'grpc-http2-pinned',
  severity: 'warning',
  basis: 'source',
  summary: 'A client keeps its one connection to a pod that is going.',
  why: `
    kube-proxy chooses a pod for a connection, not for a call. A client of gRPC, HTTP/2 or websockets
    has one connection for everything and for long. It hears nothing of the EndpointSlice: it stays
    until the app closes the connection or dies, and pods that come later get none of its calls.
  `,
  remedy:
    'Send GOAWAY at SIGTERM and limit the age of connections below the grace period, or balance calls in a mesh or in the client over a headless Service.',
  noFix:
    'when connections end is decided in the app, and who balances calls is a choice between a mesh, the clients and a proxy',
  upstream: [{ path: 'pkg/proxy/conntrack/cleanup.go' }],
  replay: {
    by: 'clients',
    lost: (story) => callers(story.model.traffic.consumers).some((it) => isPinned(story, it)),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: cart }
        spec:
          replicas: 3
          selector: { matchLabels: { app: cart } }
          template:
            metadata: { labels: { app: cart } }
        #               ^^^^^^ related: cart ends with these connections open
            spec:
              containers:
                - name: app
                  image: registry.example/cart:1
                  ports: [{ containerPort: 7070 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: cart }
        spec:
          selector: { app: cart }
          ports:
            - name: grpc
        #           ^^^^ cart balances connections, not gRPC calls: a client stays with its pod until the app closes the connection, or SIGKILL does after 30s, and new pods get none of its calls
              port: 7070
      `,
    ],
    safe: [
      // A client that balances itself finds all pods in DNS.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: cart }
        spec:
          replicas: 3
          selector: { matchLabels: { app: cart } }
          template:
            metadata: { labels: { app: cart } }
            spec:
              containers:
                - name: app
                  image: registry.example/cart:1
                  ports: [{ containerPort: 7070 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: cart }
        spec:
          clusterIP: None
          selector: { app: cart }
          ports: [{ name: grpc, port: 7070 }]
      `,
      // The proxies of the mesh balance calls.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: cart }
        spec:
          replicas: 3
          selector: { matchLabels: { app: cart } }
          template:
            metadata:
              labels: { app: cart }
              annotations: { linkerd.io/inject: enabled }
            spec:
              containers:
                - name: app
                  image: registry.example/cart:1
                  ports: [{ containerPort: 7070 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: cart }
        spec:
          selector: { app: cart }
          ports: [{ name: grpc, port: 7070 }]
      `,
    ],
  },

  *find(workload) {
    const { model, services } = workload;
    if (!model || !isLongRunning(workload)) return;
    if (model.traffic.consumers.some((it) => it.clientClass === 'mesh')) return;
    for (const service of services) {
      if (service.spec.clusterIP === 'None' || isRouted(workload, service)) continue;
      for (const [port, at] of each(field(service).spec.ports)) {
        const protocol = longLived(port);
        if (!protocol) continue;
        const grace = formatSeconds(model.gracePeriodSeconds);
        const forgotten = slowest(model, ...TO_NODES);
        const many = workload.replicas > 1;
        const isSure = many && !isShared(port);
        yield {
          at: port.name === undefined ? at.appProtocol : at.name,
          message: `${service.metadata.name} balances connections, not ${protocol} calls: a client stays with its pod until the app closes the connection, or SIGKILL does after ${grace}${many ? ', and new pods get none of its calls' : ''}`,
          ...(isSure ? {} : { severity: 'information' as const }),
          certainty: 'assumed',
          restsOn: 'clients that keep one connection, and an app that does not close it by itself',
          related: [
            {
              message: `${workload.name} ends with these connections open`,
              at: model.at.metadata.labels,
            },
          ],
          witness: [
            { at: 0, text: `a pod of ${workload.name} is deleted`, moment: 'api:delete' },
            ...(forgotten < model.gracePeriodSeconds
              ? [
                  {
                    at: forgotten,
                    text: 'every kube-proxy has forgotten it; the connection stays',
                    moment: 'kube-proxy:synced',
                  },
                ]
              : []),
            {
              at: model.gracePeriodSeconds,
              text: 'SIGKILL: all calls on it fail with UNAVAILABLE',
              moment: 'client:reset',
            },
          ],
        };
      }
    }
  },
});

/** What the port's name or protocol says of its connections. */
function longLived({ name = '', appProtocol = '' }: ServicePort): string | undefined {
  const said = `${appProtocol} ${name}`.toLowerCase();
  if (/\bgrpc(?!-?web)/.test(said)) return 'gRPC';
  if (/\b(?:h2c?|http2)\b/.test(said)) return 'HTTP/2';
  return /\bwss?\b|websocket/.test(said) ? 'websocket' : undefined;
}

/** By its name the port may be for other clients, too: HTTP/1.1 has a connection for each request. */
function isShared({ name = '', appProtocol }: ServicePort): boolean {
  return appProtocol === undefined && /\b(?:https?|http2|web|sql)\b/i.test(name);
}

/** An ingress or a route before it speaks the protocol and balances calls. */
function isRouted({ model }: WorkloadPrediction, service: Service): boolean {
  return (model?.traffic.consumers ?? []).some((it) => it.service === service && it.route);
}

/** Who makes the calls: the proxies of a mesh or a route, where they stand before a Service. */
function callers(consumers: readonly TrafficConsumer[]): readonly TrafficConsumer[] {
  const isProxy = (it: TrafficConsumer) => it.clientClass === 'mesh' || it.route !== undefined;
  const before = (service: Service) =>
    consumers.some((it) => isProxy(it) && it.service === service);
  return consumers.filter((it) => isProxy(it) || !before(it.service));
}

/**
 * A call of a client is cut by the end of the pod, and none since the endpoint went has come to
 * another pod. The app waits for its connections, and nobody closes them.
 */
function isPinned(story: ReplayStory, consumer: TrafficConsumer): boolean {
  const container = story.model.mains.find((it) => it.serves);
  if (!container) return false;
  const life = story.live({ actions: DELETED_LATE, apps: lasting(story, Infinity) });
  const killed = life.at('app:signal::SIGKILL');
  const way = wayOf(story.model, consumer);
  const pods = [podOf(life, container), steadyPod('another pod')];
  const asks = every(1, life.at('api:delete') - 2, killed + 1);
  // HTTP/1.1 has a connection for each request.
  const keeps = (consumer.service.spec.ports ?? []).some((it) => longLived(it));
  const call = { asks, way, takesSeconds: 0.5 };
  const kept = { ...call, connection: keeps ? 'kept' : 'each' } as const;
  const clients = {
    // One connection for all calls.
    'cluster-ip': [{ ...kept, name: 'client', prefers: OWN_POD }],
    // One connection to each address, and calls go round.
    headless: pods.map(({ name }) => ({ ...kept, name, prefers: name })),
    // The proxies balance calls.
    mesh: [{ ...call, name: 'proxy' }],
    ingress: [{ ...call, name: 'proxy' }],
    'load-balancer': [{ ...call, name: 'proxy' }],
  }[consumer.clientClass];
  const seen = story.clients({ pods, clients, until: killed + 2 }, life.entries);
  const elsewhere = seen.after(leaves(life), 'client:answered::another pod');
  return seen.has('client:reset') && !(elsewhere < killed);
}
