/** A workload that looks a headless Service up, and may keep an address that is gone. */
import { formatSeconds } from '../../explanation/index.ts';
import { forgottenBy, type PodModel, type TrafficConsumer } from '../../lifecycle/index.ts';
import { field, type Service } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import {
  DELETED_LATE,
  every,
  OWN_POD,
  podOf,
  slowest,
  steadyPod,
  wayOf,
} from '../facts/clients.ts';
import { hostPattern, mentions } from '../facts/mentions.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

/** From the change of a pod until CoreDNS answers by it. */
const TO_DNS = ['p.watch', 'p.eps', 'p.dns'] as const;

export default defineRaceRule({
  id: 'headless-dns-cache',
  severity: 'information',
  basis: 'documentation',
  summary: 'Clients of a headless Service may use the address of a pod that has stopped.',
  why: `
    A headless name resolves to the addresses of ready pods. A client that has resolved it uses the answer
    for its time to live, 30 seconds as a rule, and some runtimes much longer. A pod that closes its port
    sooner than that refuses those clients.
  `,
  remedy:
    "Sleep in preStop for longer than the record's time to live, use a Service with a cluster IP, or let clients resolve again when a connection fails.",
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/reconciler.go' }],
  yieldsTo: ['no-prestop-endpoint-race'],
  replay: {
    by: 'clients',
    lost: (story) =>
      story.model.traffic.consumers
        .filter((it) => it.clientClass === 'headless')
        .filter((it) => lookups(it.service, story.workload, story.prediction).length > 0)
        .some((it) => isRefused(story, it)),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
        #            ^^^^ related: the Service is headless
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 2
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  lifecycle: { preStop: { sleep: { seconds: 5 } } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: app, labels: { app: app } }
        spec:
          containers:
            - name: app
              image: registry.example/app:1
              env:
                - name: DATABASE_URL
                  value: postgres://app@db:5432/app
        #                ^^^^^^^^^^^^^^^^^^^^^^^^^^ Pod app may use the address of a pod of StatefulSet db for 32.35s after it is deleted, and the pod may stop accepting after 5.03s
      `,
    ],
    safe: [
      // The hook is as long as the last answer with the pod lives.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 2
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 60
              containers:
                - name: db
                  image: registry.example/db:1
                  lifecycle: { preStop: { sleep: { seconds: 33 } } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: app, labels: { app: app } }
        spec:
          containers:
            - name: app
              image: registry.example/app:1
              env:
                - name: DATABASE_URL
                  value: postgres://app@db:5432/app
      `,
      // Nobody is seen to look it up.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { model } = workload;
    const shutdown = workload.shutdown('rollout');
    const stops = shutdown?.ofKind('stops-accepting') ?? [];
    if (!model || !shutdown || stops.length === 0) return;
    const stop = Math.min(...stops.map((it) => it.window.earliest));
    for (const consumer of model.traffic.consumers) {
      const { service, clientClass } = consumer;
      const kept = shutdown.event(forgottenBy(consumer))?.window.latest ?? 0;
      const [lookup] = clientClass === 'headless' ? lookups(service, workload, prediction) : [];
      if (!lookup || stop >= kept) continue;
      yield {
        at: lookup.at,
        message: `${nameOf(lookup.client)} may use the address of a pod of ${nameOf(workload)} for ${formatSeconds(kept)} after it is deleted, and the pod may stop accepting after ${formatSeconds(stop)}`,
        certainty: 'assumed',
        restsOn: `how long DNS answers live in caches: p.dnscache of the ${model.profile.name} profile`,
        related: [{ message: 'the Service is headless', at: field(service).spec.clusterIP }],
        witness: witnessOf(model, stop),
      };
    }
  },
});

/** The workloads that name the Service, the first place of each. */
function lookups(service: Service, served: WorkloadPrediction, prediction: Prediction) {
  const { namespace } = served;
  const host = hostPattern(service.metadata.name, namespace);
  return prediction.workloads
    .filter((it) => it.subject !== served.subject && it.namespace === namespace)
    .flatMap((client) => {
      const [mention] = client.model ? mentions(client.model, host) : [];
      return mention ? [{ client, at: mention.at }] : [];
    });
}

/** Somebody resolves the name at the last moment, and asks the pod all the time. */
function witnessOf(model: PodModel, stop: number): readonly WitnessStep[] {
  const resolved = slowest(model, ...TO_DNS);
  const steps = [
    { at: 0, text: 'the pod is deleted', moment: 'api:delete' },
    {
      at: resolved,
      text: 'a client resolves the name; CoreDNS still answers with the pod',
      moment: 'client:resolved::the pod',
    },
    { at: stop, text: 'the pod closes its port', moment: 'app:signal::SIGTERM' },
  ];
  const refused = {
    at: Math.max(resolved, stop),
    text: 'the client connects to the address it knows: refused',
    moment: 'client:refused',
  };
  return [...steps.toSorted((a, b) => a.at - b.at), refused];
}

/** Clients resolve the name at all times around the deletion, and ask for as long as they use it. */
function isRefused(story: ReplayStory, consumer: TrafficConsumer): boolean {
  const way = wayOf(story.model, consumer);
  const life = story.live({ actions: DELETED_LATE });
  const asked = life.at('api:delete');
  const until = asked + 60;
  const clients = every(0.1, asked, asked + slowest(story.model, ...TO_DNS)).map((from, i) => ({
    name: `client ${i}`,
    asks: every(0.1, from, until),
    way,
    prefers: OWN_POD,
  }));
  return story.model.mains.some((it) => {
    const pods = [podOf(life, it), steadyPod('another pod')];
    return story.clients({ pods, clients, until }, life.entries).has('client:refused');
  });
}
