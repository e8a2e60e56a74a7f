/** gRPC and websocket clients behind a Service that balances connections, not calls. */
import { formatSeconds } from '../../explanation/index.ts';
import { each, field, type Service } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED, lasting, leaves } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

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
  upstream: [{ path: 'pkg/proxy/conntrack/cleanup.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const pinned = story.workload.services.filter(
        (it) =>
          it.spec.clusterIP !== 'None' &&
          !isRouted(story.workload, it) &&
          (it.spec.ports ?? []).some((port) => longLived(port)),
      );
      const isMesh = story.model.traffic.consumers.some((it) => it.clientClass === 'mesh');
      if (pinned.length === 0 || isMesh) return false;
      // The app waits for its connections, and nobody closes them.
      const life = story.live({ actions: DELETED, apps: lasting(story, Infinity) });
      return leaves(life) < life.at('app:signal::SIGKILL');
    },
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
            { at: 0, text: `a pod of ${workload.name} is deleted` },
            { at: 1, text: 'its endpoint is removed; the connection stays' },
            {
              at: model.gracePeriodSeconds,
              text: 'SIGKILL: all calls on it fail with UNAVAILABLE',
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
