/** A container that gets requests as soon as its process runs, whether or not it listens. */
import { targetPortOf } from '../../endpoints/index.ts';
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { bootAssumption } from '../facts/boot.ts';
import { isLongRunning, lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';
import { decisiveSteps } from '../witness.ts';

export default defineRaceRule({
  id: 'missing-readiness',
  severity: 'warning',
  basis: 'source',
  summary: 'A pod counts as Ready before its app listens, so the first requests are refused.',
  why: `
    Without a readiness or startup probe a container is ready as soon as its process runs. The pod is
    then an endpoint of its Services while the app still boots, and a rollout takes the old pods away
    for one that does not answer yet.
  `,
  remedy: 'Add a readinessProbe on the port that serves.',
  upstream: [
    { path: 'pkg/kubelet/prober/prober_manager.go' },
    { path: 'pkg/kubelet/status/generate.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ boot: 'latest', until: 100 });
      const { parameters } = story.model.profile;
      // The way of the news, at its quickest.
      const heard = [parameters['p.eps'], parameters['p.proxy']].reduce(
        (sum, it) => sum + it.seconds.earliest,
        life.at('ready'),
      );
      return story.model.mains.some(
        (it) =>
          it.serves &&
          heard < life.at(`cri:StartContainer:${it.name}`) + it.app.readySeconds.value.latest,
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
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
        #               ^^^ app counts as ready as soon as its process runs: Service web sends it requests while it boots
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
              readinessProbe: { tcpSocket: { port: 8080 } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
      `,
      // Nobody sends it requests.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: worker, labels: { app: worker } }
        spec:
          containers:
            - name: app
              image: registry.example/worker:1
      `,
      // It listens before anybody can know of it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          labels: { app: web }
          annotations: { podsage.dev/app.listen-seconds: '0.05' }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
      `,
    ],
  },

  *find(workload) {
    const { model, startup } = workload;
    if (!model || !startup || !isLongRunning(workload)) return;
    if ((model.pod.spec.readinessGates ?? []).length > 0) return;
    // Such Services list the pod before it is Ready, whatever its probes say.
    const service = workload.services.find((it) => it.spec.publishNotReadyAddresses !== true);
    if (!service) return;
    for (const container of servers(model)) {
      const { startupProbe, readinessProbe } = container.container;
      if (startupProbe || readinessProbe) continue;
      const order = startup.order(`able-to-serve:${container.name}`, 'first-traffic');
      if (order.relation !== 'unordered' && order.relation !== 'after') continue;
      const { readySeconds } = container.app;
      const { value, declared } = readySeconds;
      yield {
        at: container.at.name,
        message: `${container.name} counts as ready as soon as its process runs: Service ${service.metadata.name} sends it requests while it boots${declared ? `, up to ${formatSeconds(value.latest)}` : ''}`,
        certainty: declared ? 'bounded' : 'assumed',
        restsOn: bootAssumption(readySeconds),
        witness: order.relation === 'unordered' ? decisiveSteps(startup, order.bFirst) : [],
        fixes: addProbe(container, model),
        cause: `ready-before-listening:${container.name}`,
      };
    }
  },
});

/** The containers that Services send requests to; the first one where no port is declared. */
function servers(model: PodModel): readonly PodContainer[] {
  const serving = lastingContainers(model).filter((it) => it.serves);
  const declared = serving.filter((it) => (it.container.ports ?? []).length > 0);
  return declared.length > 0 ? declared : serving.slice(0, 1);
}

function addProbe({ container, at, serves }: PodContainer, model: PodModel): readonly RaceFix[] {
  const ports = model.traffic.services.flatMap((it) => it.spec.ports ?? []);
  const target = ports
    .filter((it) => (it.protocol ?? 'TCP') === 'TCP')
    .map((it) => targetPortOf(it))
    .find(
      (port) =>
        typeof port === 'number' || (container.ports ?? []).some(({ name }) => name === port),
    );
  if (!serves || target === undefined) return [];
  return [
    {
      title: `Add a readiness probe on port ${target}`,
      changes: [
        { at: at.readinessProbe, value: { tcpSocket: { port: target }, periodSeconds: 5 } },
      ],
    },
  ];
}
