/** A server that closes idle connections before the proxy in front of it does. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer, TrafficConsumer } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { podOf, wayOf } from '../facts/clients.ts';
import { proxyKeepAlive } from '../facts/keep-alive.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

/** Between the proxy and the pod, seconds. */
const ONE_WAY_SECONDS = 0.0005;

export default defineRaceRule({
  id: 'keepalive-longer-than-drain',
  severity: 'warning',
  basis: 'documentation',
  summary: 'The proxy uses a connection again that the server is just closing.',
  why: `
    Proxies keep connections to a pod open and send the next request on one of them. When the server
    closes idle connections sooner than the proxy does, a request can cross the close on its way:
    the server answers with a reset, the client gets a 502. At the end of the pod the same happens
    to every idle connection that the server closes.
  `,
  remedy:
    'Keep idle connections in the server some seconds longer than in the proxy, answer with Connection: close after SIGTERM, and let the proxy retry.',
  noFix:
    "the server's own setting is in its program, and a shorter one of the proxy cuts slow requests",
  upstream: [{ path: 'pkg/proxy/iptables/proxier.go' }],
  replay: {
    by: 'clients',
    lost: (story) =>
      story.model.mains.some(
        (it) =>
          it.serves &&
          story.model.traffic.consumers.some((consumer) => isReset(story, it, consumer)),
      ),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.keep-alive-seconds: "5" }
        #                                                        ^^^ app closes idle connections after 5s, and load balancer (ALB) of shop uses them for 2m: a request that crosses the close is reset, and the client gets a 502
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
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
        metadata:
          name: shop
        #       ^^^^ related: connections are kept open here
          annotations:
            alb.ingress.kubernetes.io/target-type: ip
            alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=120
        spec:
          ingressClassName: alb
          defaultBackend: { service: { name: web, port: { number: 80 } } }
      `,
    ],
    safe: [
      // Longer than the default of ingress-nginx by one: the boundary.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.keep-alive-seconds: "61" }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
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
  },

  *find(workload) {
    const { model } = workload;
    if (!model || !isLongRunning(workload)) return;
    for (const container of model.mains.filter((it) => it.serves)) {
      for (const consumer of model.traffic.consumers) {
        const finding = judge(container, consumer);
        if (finding) yield finding;
      }
    }
  },
});

function judge({ name, app }: PodContainer, consumer: TrafficConsumer): RaceFinding | undefined {
  const { value, declared, cites } = app.keepAliveSeconds;
  const proxy = proxyKeepAlive(consumer);
  const [at] = cites;
  // Nothing tells what the server does unless somebody declares it.
  if (!declared || !at || !proxy || value.earliest > proxy.seconds) return undefined;
  return {
    at,
    message: `${name} closes idle connections after ${formatSeconds(value.earliest)}, and ${proxy.who} uses them for ${formatSeconds(proxy.seconds)}: a request that crosses the close is reset, and the client gets a 502`,
    ...(proxy.declared ? {} : { severity: 'information' as const }),
    certainty: 'assumed',
    restsOn: proxy.declared
      ? 'that the proxy does not send the request again'
      : 'the default of the proxy, and that it does not send the request again',
    related: [
      {
        message: `connections are kept open here`,
        at: field(consumer.route ?? consumer.service).metadata.name,
      },
    ],
    witness: [
      {
        at: 0,
        text: `${name} has answered a request, and the connection is idle`,
        moment: 'client:answered',
      },
      { at: value.earliest, text: `${name} closes it`, moment: 'server:closed::"why":"idle"' },
      {
        at: value.earliest,
        text: 'the proxy, which does not know it yet, sends the next request on it: reset',
        moment: 'client:reset',
      },
    ],
    cause: `keep-alive:${name}`,
  };
}

/** The proxy's clients ask after longer and longer pauses, until it closes the connection itself. */
function isReset(story: ReplayStory, container: PodContainer, consumer: TrafficConsumer): boolean {
  const proxy = proxyKeepAlive(consumer);
  if (!proxy) return false;
  const life = story.live();
  const { value, declared } = container.app.keepAliveSeconds;
  const pod = {
    ...podOf(life, container),
    // Of a server that nobody describes nothing is known.
    idleSeconds: declared ? value.earliest : Infinity,
  };
  // By then every target has long been found healthy.
  const asks = [life.at('ready') + 3600];
  for (let pause = 1; pause <= proxy.seconds + 1; pause++) {
    asks.push((asks.at(-1) ?? 0) + pause + ONE_WAY_SECONDS);
  }
  const trace = story.clients({
    pods: [pod],
    clients: [
      {
        name: proxy.who,
        asks,
        way: wayOf(story.model, consumer),
        connection: 'kept',
        idleSeconds: proxy.seconds,
        oneWaySeconds: ONE_WAY_SECONDS,
      },
    ],
    until: Infinity,
  });
  return trace.has('client:reset');
}
