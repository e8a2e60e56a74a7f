/** A sidecar that others use as soon as they start, while nothing tells whether it is there yet. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import type { Citable } from '../../manifest/index.ts';
import { CONNECT_SECONDS, talking, withWaitingHooks } from '../facts/connections.ts';
import { localUses, opens } from '../facts/local-use.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'sidecar-without-startup-probe',
  severity: 'warning',
  basis: 'source',
  summary: 'A container starts before the sidecar it connects to can be used.',
  why: `
    A sidecar without a startup probe counts as started as soon as its process runs; the containers
    after it start within milliseconds. Readiness and liveness of the sidecar hold nobody back. An app
    that connects at its start is refused, and exits or retries.
  `,
  remedy: 'Give the sidecar a startupProbe on the port that is used.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const apps = talking(model, (it) => it.app.listenSeconds.value.latest);
      const change = withWaitingHooks(apps, model);
      const life = story.live({ boot: 'latest', apps, change, until: 100 });
      const ports = model.sidecars.flatMap((it) => apps[it.name]?.listens ?? []);
      return ports.some((it) =>
        life.has(`app:call::"localhost:${it.replace('/TCP', '')}","answered":false`),
      );
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
            - name: db-proxy
        #           ^^^^^^^^ app starts as soon as the process of db-proxy runs, and connects to it at localhost:5432: refused until it listens, up to 10s later
              image: registry.example/db-proxy:1
              restartPolicy: Always
              ports: [{ containerPort: 5432 }]
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - { name: DATABASE_URL, value: 'postgres://localhost:5432/shop' }
        #                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ related: app uses it
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: db-proxy
              image: registry.example/db-proxy:1
              restartPolicy: Always
              ports: [{ containerPort: 5432 }]
              startupProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1, failureThreshold: 30 }
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - { name: DATABASE_URL, value: 'postgres://localhost:5432/shop' }
      `,
      // Nobody connects to it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: log-shipper
              image: registry.example/log-shipper:1
              restartPolicy: Always
              ports: [{ containerPort: 2020 }]
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - { name: DATABASE_URL, value: 'postgres://db:5432/shop' }
      `,
    ],
  },

  *find({ model, startup }) {
    if (!model || !startup) return;
    for (const sidecar of model.sidecars) {
      // A hook of its own may wait until it can be used.
      if (sidecar.container.startupProbe || sidecar.postStart.kind !== 'none') continue;
      const use = firstUse(sidecar, model);
      if (!use) continue;
      const order = startup.order(`listening:${sidecar.name}`, `started:${use.by.name}`);
      if (order.relation === 'before') continue;
      const { value } = sidecar.app.listenSeconds;
      const declared = (sidecar.container.ports ?? []).some(
        (it) => it.containerPort === use.port && (it.protocol ?? 'TCP') === 'TCP',
      );
      // Such proxies listen at localhost alone, where the kubelet's probe does not come.
      const local = /sql-?proxy/.test(sidecar.container.image ?? '');
      yield {
        at: sidecar.at.name,
        message: `${use.by.name} starts as soon as the process of ${sidecar.name} runs, and connects to it at localhost:${use.port}: refused until it listens, up to ${formatSeconds(value.latest)} later`,
        certainty: 'assumed',
        restsOn: `that ${use.by.name} connects when it starts`,
        related: [{ message: `${use.by.name} uses it`, at: use.at }],
        witness: [
          {
            at: 0,
            text: `${use.by.name} starts: the process of ${sidecar.name} runs`,
            moment: `cri:StartContainer:${use.by.name}`,
          },
          {
            at: CONNECT_SECONDS,
            text: `${use.by.name} connects to localhost:${use.port}: refused`,
            moment: `app:call:${use.by.name}:"answered":false`,
          },
          // Nobody starts between the two.
          ...(model.startOrder.at(-1) === sidecar && use.by === model.mains[0]
            ? [
                {
                  at: value.latest,
                  text: `${sidecar.name} listens`,
                  moment: `app:listen:${sidecar.name}`,
                },
              ]
            : []),
        ],
        fixes:
          declared && !local
            ? [
                {
                  title: `Hold the others back until port ${use.port} answers`,
                  changes: [
                    {
                      at: sidecar.at.startupProbe,
                      value: {
                        tcpSocket: { port: use.port },
                        periodSeconds: 1,
                        failureThreshold: 60,
                      },
                    },
                  ],
                },
              ]
            : [],
      };
    }
  },
});

interface Use {
  readonly by: PodContainer;
  readonly port: number;
  readonly at: Citable;
}

/** The first container after the sidecar that connects to one of its ports. */
function firstUse(sidecar: PodContainer, model: PodModel): Use | undefined {
  const after = model.startOrder.slice(model.startOrder.indexOf(sidecar) + 1);
  for (const by of [...after, ...model.mains]) {
    const use = localUses(by).find(({ port }) => opens(sidecar, port));
    if (use) return { by, ...use };
  }
  return undefined;
}
