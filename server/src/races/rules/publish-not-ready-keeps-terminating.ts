/** A client-facing Service that also hands out pods which are not ready. */
import { isHeadless, routesTo } from '../../endpoints/index.ts';
import type { TrafficConsumer } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
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
import { lasting } from '../facts/replays.ts';
import { servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

export default defineRaceRule({
  id: 'publish-not-ready-keeps-terminating',
  severity: 'warning',
  basis: 'source',
  summary: 'A Service with clients publishes pods that are starting or stopping.',
  why: `
    With publishNotReadyAddresses an endpoint is ready from its first address to its very end: before the
    app listens, and while it shuts down. Readiness probes, preStop hooks and grace periods cannot take it
    out of the rotation.
  `,
  remedy:
    'Use two Services: a headless one for the peers with the setting, and one for clients without it.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/utils.go' }],
  replay: {
    by: 'clients',
    lost: (story) =>
      // Peers of a headless Service are meant to be found before they are ready.
      story.model.traffic.consumers
        .filter((it) => it.clientClass !== 'headless')
        .some((it) => isRefusedTooLong(story, it)),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          publishNotReadyAddresses: true
        #                           ^^^^ clients of web are sent to pods that do not listen yet, and to pods that shut down
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // Peers look each other up before they are ready.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: peers }
        spec:
          clusterIP: None
          publishNotReadyAddresses: true
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: db, labels: { app: db } }
        spec:
          containers: [{ name: app, image: "registry.example/db:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const { publishNotReadyAddresses } = service.spec;
      const routed = routesTo(service, prediction.snapshot).length > 0;
      if (publishNotReadyAddresses !== true || workloads.length === 0) continue;
      if (isHeadless(service) && !routed) continue;
      const at = field(service).spec.publishNotReadyAddresses;
      yield {
        at,
        message: `clients of ${service.metadata.name} are sent to pods that do not listen yet, and to pods that shut down`,
        witness: witnessOf(workloads[0]),
        fixes: [{ title: 'Publish only ready pods', changes: [{ at, value: false }] }],
      };
    }
  },
});

/** How long the app goes on with the requests it has, after it has closed its port. */
const FINISHES_SECONDS = 20;

function witnessOf(workload: WorkloadPrediction | undefined): readonly WitnessStep[] {
  const stops = workload?.shutdown('delete')?.ofKind('stops-accepting') ?? [];
  if (!workload?.model || stops.length === 0) return [];
  const stop = Math.min(...stops.map((it) => it.window.earliest));
  return [
    { at: 0, text: 'a pod is deleted; its endpoint stays ready', moment: 'api:delete' },
    {
      at: stop,
      text: 'it closes its port, and finishes the requests it has',
      moment: 'app:signal::SIGTERM',
    },
    {
      at: stop + slowest(workload.model, ...TO_NODES),
      text: 'everybody would have heard of it by now: a new connection is refused',
      moment: 'client:refused',
    },
  ];
}

/** New connections are refused when everybody has had the time to forget the pod. */
function isRefusedTooLong(story: ReplayStory, consumer: TrafficConsumer): boolean {
  const life = story.live({ actions: DELETED_LATE, apps: lasting(story, FINISHES_SECONDS) });
  const asked = life.at('api:delete');
  const stopped = life.at('app:signal::SIGTERM');
  const until = stopped + FINISHES_SECONDS;
  const way = wayOf(story.model, consumer);
  const client = {
    name: consumer.label,
    asks: every(0.1, asked, until),
    way,
    prefers: OWN_POD,
  };
  const heard = stopped + (way.by === 'pod-targets' ? way.deregisterSeconds : way.lagSeconds);
  return story.model.mains.some((it) => {
    const pods = [podOf(life, it), steadyPod('another pod')];
    const seen = story.clients({ pods, clients: [client], until }, life.entries);
    return seen.after(heard, 'client:refused') < until;
  });
}
