/** An init container whose connections go to a mesh proxy that starts after it. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import type { Pod } from '../../manifest/index.ts';
import { CONNECT_SECONDS, listening, OUTBOUND, OUTBOUND_PORT } from '../facts/connections.ts';
import { isMeshProxy } from '../facts/local-use.ts';
import { nativeSidecar, startupOf } from '../facts/moves.ts';
import { contactsIn, expanded } from '../facts/waits.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'init-network-before-mesh',
  severity: 'error',
  basis: 'source',
  summary: 'An init container connects through a mesh proxy that starts only after it.',
  why: `
    The mesh's own init container redirects all connections of the pod to its proxy. Where the proxy is
    a main container it starts after every init container: one that stands behind the redirection and
    uses the network is refused, in every run.
  `,
  remedy:
    'Use the mesh with native sidecars, exclude the port from the redirection, or run the init container as the user of the proxy.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const isThere = [...model.mains, ...model.sidecars].some((it) => isMeshProxy(it));
      if (!isThere && !isInMesh(model)) return false;
      const redirect = model.startOrder.findIndex((it) => REDIRECTS.test(it.name));
      const calls = model.startOrder.slice(redirect + 1).flatMap((it) => {
        const contact = it.role === 'init' && !runsAsProxy(it, model) && remoteContact(it, model);
        if (!contact) return [];
        const call = { after: CONNECT_SECONDS, to: OUTBOUND, ends: true as const };
        return [[it.name, { runFor: null, calls: [call] }] as const];
      });
      const apps = {
        ...listening(model, (it) => it.app.listenSeconds.value.latest),
        ...Object.fromEntries(calls),
        [INJECTED.name]: { listens: [OUTBOUND_PORT], listenDelay: 0 },
      };
      const change = isThere ? undefined : withInjected;
      const life = story.live({ apps, change, until: 300 });
      return model.mains.every((it) => !life.has(`cri:StartContainer:${it.name}`));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: istio-init
              image: docker.io/istio/proxyv2:1.20.0
            - name: fetch
        #           ^^^^^ fetch connects to config:8080, which is redirected to istio-proxy; that starts after all init containers, so fetch is refused each time it is tried
              image: curlimages/curl:8.5.0
              command: [curl, -fo, /data/config, 'http://config:8080/web']
          containers:
            - name: app
              image: registry.example/web:1
            - name: istio-proxy
        #           ^^^^^^^^^^^ related: the proxy
              image: docker.io/istio/proxyv2:1.20.0
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { sidecar.istio.io/inject: 'true' } }
        spec:
          initContainers:
            - name: fetch
        #           ^^^^^ fetch connects to config:8080, and the pod is in a mesh: where its proxy is put in as a main container, fetch is refused each time it is tried
              image: curlimages/curl:8.5.0
              command: [curl, -fo, /data/config, 'http://config:8080/web']
          containers:
            - name: app
              image: registry.example/web:1
      `,
    ],
    safe: [
      // It talks to its own pod alone.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, annotations: { linkerd.io/inject: enabled } }
        spec:
          initContainers:
            - name: check
              image: curlimages/curl:8.5.0
              command: [curl, -s, 'http://localhost:4191/ready']
          containers:
            - name: app
              image: registry.example/web:1
      `,
      // The proxy is a sidecar, and before it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: istio-init
              image: docker.io/istio/proxyv2:1.20.0
            - name: istio-proxy
              image: docker.io/istio/proxyv2:1.27.0
              restartPolicy: Always
            - name: fetch
              image: curlimages/curl:8.5.0
              command: [curl, -fo, /data/config, 'http://config:8080/web']
          containers:
            - name: app
              image: registry.example/web:1
      `,
      // Its port is not redirected.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { traffic.sidecar.istio.io/excludeOutboundPorts: '8080' }
        spec:
          initContainers:
            - name: istio-init
              image: docker.io/istio/proxyv2:1.20.0
            - name: fetch
              image: curlimages/curl:8.5.0
              command: [curl, -fo, /data/config, 'http://config:8080/web']
          containers:
            - name: app
              image: registry.example/web:1
            - name: istio-proxy
              image: docker.io/istio/proxyv2:1.20.0
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    const proxy = model.mains.find((it) => isMeshProxy(it));
    const redirect = model.startOrder.findIndex((it) => REDIRECTS.test(it.name));
    if (!proxy && model.startOrder.every((it) => !isMeshProxy(it))) yield* injected(model);
    if (!proxy || redirect < 0) return;
    for (const init of model.startOrder.slice(redirect + 1)) {
      if (init.role === 'sidecar' || runsAsProxy(init, model)) continue;
      const contact = remoteContact(init, model);
      if (!contact) continue;
      yield {
        at: init.at.name,
        message: `${init.name} connects to ${contact}, which is redirected to ${proxy.name}; that starts after all init containers, so ${init.name} is refused each time it is tried`,
        certainty: 'assumed',
        restsOn: 'what the init container of the mesh redirects by default',
        related: [{ message: 'the proxy', at: proxy.at.name }],
        witness: [
          {
            at: 0,
            text: `${init.name} starts; the pod's connections are redirected to ${proxy.name}`,
            moment: `cri:StartContainer:${init.name}`,
          },
          {
            at: CONNECT_SECONDS,
            text: `${init.name} connects to ${contact}: refused, for ${proxy.name} has not started`,
            moment: `app:call:${init.name}:"answered":false`,
          },
          {
            at: CONNECT_SECONDS,
            text: `${init.name} exits, and so again after each restart: Init:CrashLoopBackOff`,
            moment: `app:exit:${init.name}`,
          },
        ],
        get fixes() {
          const adding = startupOf(proxy);
          const index = redirect + 1;
          return adding ? nativeSidecar(proxy, workload, model, { index, adding }) : [];
        },
      };
    }
  },
});

/** A proxy that the mesh puts in: whether as a main container is up to its version. */
function* injected(model: PodModel): Generator<RaceFinding> {
  if (!isInMesh(model)) return;
  for (const init of model.inits) {
    const contact = runsAsProxy(init, model) ? undefined : remoteContact(init, model);
    if (!contact) continue;
    yield {
      at: init.at.name,
      severity: 'information',
      message: `${init.name} connects to ${contact}, and the pod is in a mesh: where its proxy is put in as a main container, ${init.name} is refused each time it is tried`,
      certainty: 'assumed',
      restsOn: 'a mesh without native sidecars',
    };
  }
}

function isInMesh({ traffic }: PodModel): boolean {
  return traffic.dataPlanes.includes('mesh');
}

/** The proxy of a mesh without native sidecars. */
const INJECTED = { name: 'injected-proxy', image: 'registry.example/proxy:1' };

function withInjected(pod: Pod): Pod {
  return { ...pod, spec: { ...pod.spec, containers: [...pod.spec.containers, INJECTED] } };
}

const REDIRECTS = /^(?:istio-init|linkerd-init|consul-connect-inject-init)$/;
const EXCLUSIONS = [
  'traffic.sidecar.istio.io/excludeOutboundPorts',
  'config.linkerd.io/skip-outbound-ports',
];

/** The first host another pod answers for, unless the mesh leaves its port alone. */
function remoteContact({ container }: PodContainer, model: PodModel): string | undefined {
  const { annotations = {} } = model.pod.metadata;
  const excluded = EXCLUSIONS.flatMap((it) => (annotations[it] ?? '').split(/[,\s]+/));
  if (annotations['traffic.sidecar.istio.io/excludeOutboundIPRanges'] !== undefined)
    return undefined;
  const words = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  const found = contactsIn(expanded(words, container)).find(
    ({ host, port, dnsOnly }) =>
      !dnsOnly && !/^(localhost|127\.)/.test(host) && !excluded.includes(String(port)),
  );
  return found && `${found.host}${found.port === undefined ? '' : `:${found.port}`}`;
}

/** The proxy's own user is not redirected. */
function runsAsProxy({ container }: PodContainer, { pod }: PodModel): boolean {
  const user = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  return user === 1337 || user === 2102;
}
