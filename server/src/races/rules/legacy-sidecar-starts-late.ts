/** A proxy among the main containers that the app uses as soon as it starts. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { each, type Citable } from '../../manifest/index.ts';
import {
  CONNECT_SECONDS,
  talking,
  URL_OF_A_HOST,
  waitsItself,
  withWaitingHooks,
} from '../facts/connections.ts';
import { isMeshProxy, localUses, opens } from '../facts/local-use.ts';
import { nativeSidecar, startupOf } from '../facts/moves.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'legacy-sidecar-starts-late',
  severity: 'warning',
  basis: 'source',
  summary: 'The app starts before the proxy that its connections go through.',
  why: `
    Main containers are started in the order they are written, each as soon as the one before it has
    started, not when it can be used. An app that connects through a proxy beside it may be quicker than
    the proxy, wherever the two stand in the list.
  `,
  remedy:
    'Make the proxy a sidecar (an init container with restartPolicy Always) with a startupProbe, or let the app try again.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const apps = talking(model, (it) => it.app.listenSeconds.value.latest);
      const change = withWaitingHooks(apps, model);
      const life = story.live({ boot: 'latest', apps, change, until: 100 });
      return life.has('app:call::"answered":false');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - { name: DB_HOST, value: 127.0.0.1 }
        #                                 ^^^^^^^^^ related: app uses it
                - { name: DB_PORT, value: '5432' }
            - name: cloud-sql-proxy
        #           ^^^^^^^^^^^^^^^ app connects through cloud-sql-proxy (localhost:5432), and the kubelet does not wait for it: refused until cloud-sql-proxy listens, up to 10s after its start
              image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2
              args: [--port=5432, 'shop:europe-west1:db']
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - { name: ORDERS_URL, value: 'http://orders:8080' }
        #                                    ^^^^^^^^^^^^^^^^^^^^ related: app uses it
            - name: istio-proxy
        #           ^^^^^^^^^^^ app connects through istio-proxy (http://orders:8080), and the kubelet does not wait for it: refused until istio-proxy listens, up to 10s after its start
              image: docker.io/istio/proxyv2:1.20.0
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: cloud-sql-proxy
              image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2
              restartPolicy: Always
              args: [--port=5432, 'shop:europe-west1:db']
              startupProbe: { exec: { command: [/cloud-sql-proxy, wait] } }
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - { name: DB_HOST, value: 127.0.0.1 }
                - { name: DB_PORT, value: '5432' }
      `,
      // The hook of the first holds the second back.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: istio-proxy
              image: docker.io/istio/proxyv2:1.20.0
              lifecycle:
                postStart: { exec: { command: [pilot-agent, wait] } }
            - name: app
              image: registry.example/web:1
              env:
                - { name: ORDERS_URL, value: 'http://orders:8080' }
      `,
    ],
  },

  *find(workload) {
    const { model, startup } = workload;
    if (!model || !startup) return;
    for (const proxy of model.mains) {
      // With a hook the kubelet waits for it before it starts the next.
      if (proxy.postStart.kind !== 'none') continue;
      const use = firstUse(proxy, model);
      if (!use || waitsItself(use.by, model)) continue;
      const { value } = proxy.app.listenSeconds;
      if (
        startup.order(`listening:${proxy.name}`, `started:${use.by.name}`).relation === 'before'
      ) {
        continue;
      }
      yield {
        at: proxy.at.name,
        message: `${use.by.name} connects through ${proxy.name} (${use.what}), and the kubelet does not wait for it: refused until ${proxy.name} listens, up to ${formatSeconds(value.latest)} after its start`,
        certainty: 'assumed',
        restsOn: `that ${use.by.name} connects when it starts`,
        related: [{ message: `${use.by.name} uses it`, at: use.at }],
        witness: [
          {
            at: 0,
            text: `${use.by.name} and ${proxy.name} start`,
            moment: `cri:StartContainer:${use.by.name}`,
          },
          {
            at: CONNECT_SECONDS,
            text: `${use.by.name} connects: refused`,
            moment: `app:call:${use.by.name}:"answered":false`,
          },
          {
            at: value.latest,
            text: `${proxy.name} listens`,
            moment: `app:listen:${proxy.name}`,
          },
        ],
        get fixes() {
          const adding = startupOf(proxy);
          return adding ? nativeSidecar(proxy, workload, model, { adding }) : [];
        },
      };
    }
  },
});

interface Use {
  readonly by: PodContainer;
  readonly what: string;
  readonly at: Citable;
}

/** The first other main container that needs the proxy. */
function firstUse(proxy: PodContainer, model: PodModel): Use | undefined {
  for (const by of model.mains) {
    if (by === proxy) continue;
    const local = localUses(by).find(({ port }) => opens(proxy, port));
    // Two apps that talk to each other are no proxy and its user.
    if (local && looksLikeProxy(proxy)) {
      return { by, what: `localhost:${local.port}`, at: local.at };
    }
    if (!isMeshProxy(proxy)) continue;
    for (const [{ value = '' }, at] of each(by.at.env)) {
      if (URL_OF_A_HOST.test(value)) return { by, what: value, at: at.value };
    }
  }
  return undefined;
}

function looksLikeProxy({ name, container }: PodContainer): boolean {
  return /proxy|envoy|pgbouncer|ambassador|dapr|stunnel/.test(`${name} ${container.image}`);
}
