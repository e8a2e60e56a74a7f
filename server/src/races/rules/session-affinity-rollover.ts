/** Sessions by client address, and what a rollout does to them. */
import { formatSeconds } from '../../explanation/index.ts';
import { field, type Service } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { every, podsOf, slowest, TO_NODES, toldBy } from '../facts/clients.ts';
import { countOf } from '../facts/rollouts.ts';
import { servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

/** `sessionAffinityConfig.clientIP.timeoutSeconds` where nobody sets it. */
const DEFAULT_TIMEOUT_SECONDS = 10_800;

/** The kinds that replace their pods. */
const ROLLED = ['Deployment', 'StatefulSet', 'DaemonSet'];

export default defineRaceRule({
  id: 'session-affinity-rollover',
  severity: 'information',
  basis: 'source',
  summary: 'A rollout moves every client to another pod, whatever the session affinity.',
  why: `
    ClientIP affinity is a note of each node: this address goes to that pod. It ends with the endpoint, so
    a rollout breaks every session that lives in a pod's memory. Clients behind one address, such as an
    ingress controller or a NAT, all go to one pod.
  `,
  remedy:
    'Keep sessions outside the pods, or use cookie affinity in the ingress; leave the field out for stateless apps.',
  upstream: [{ path: 'pkg/proxy/iptables/proxier.go' }],
  replay: {
    by: 'clients',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(({ service, workloads }) =>
        workloads.some((it) => {
          const story = world.of(it);
          return story !== undefined && isMoved(story, service);
        }),
      ),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          sessionAffinity: ClientIP
        #                  ^^^^^^^^ each node ties a client's address to one of 3 pods until it pauses for 3h; a rollout ends that, and with it sessions in memory
          selector: { app: shop }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              containers: [{ name: app, image: "registry.example/shop:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              containers: [{ name: app, image: "registry.example/shop:1" }]
      `,
      // With one pod there is nothing to choose.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          sessionAffinity: ClientIP
          selector: { app: shop }
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: shop, labels: { app: shop } }
        spec:
          containers: [{ name: app, image: "registry.example/shop:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const { sessionAffinity, sessionAffinityConfig } = service.spec;
      const pods = workloads.reduce((sum, it) => sum + it.replicas, 0);
      const rolled = workloads.find((it) => ROLLED.includes(it.kind));
      if (sessionAffinity !== 'ClientIP' || pods < 2 || !rolled) continue;
      const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
      yield {
        at: field(service).spec.sessionAffinity,
        message: `each node ties a client's address to one of ${countOf(pods, 'pod')} until it pauses for ${formatSeconds(seconds)}; a rollout ends that, and with it sessions in memory`,
        certainty: 'assumed',
        restsOn: 'that the pods keep something of a session',
        witness: witnessOf(rolled),
      };
    }
  },
});

function witnessOf({ model }: WorkloadPrediction): readonly WitnessStep[] {
  if (!model) return [];
  const lag = slowest(model, ...TO_NODES);
  return [
    {
      at: 0,
      text: 'a rollout deletes the pod that a client is tied to',
      moment: 'rollout:deleting',
    },
    {
      at: lag,
      text: "the client's node has forgotten the pod, and the note with it",
      moment: 'kube-proxy:synced',
    },
    {
      at: lag,
      text: 'the next connection of the client goes to another pod, which has no such session',
      moment: 'client:moved',
    },
  ];
}

/** A client that never pauses has come to one pod, again and again, and comes to another. */
function isMoved(story: ReplayStory, { spec }: Service): boolean {
  const rollout = story.rollout();
  if (!rollout || !Number.isFinite(rollout.duration.earliest)) return false;
  const { sessionAffinity, sessionAffinityConfig } = spec;
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const until = rollout.duration.earliest + 10;
  const seen = story.clients(
    {
      pods: podsOf(rollout),
      clients: [
        {
          name: 'client',
          asks: every(0.1, 0, until),
          way: {
            by: 'kube-proxy',
            lagSeconds: slowest(story.model, ...TO_NODES),
            affinitySeconds: sessionAffinity === 'ClientIP' ? timeout : 0,
          },
        },
      ],
      until,
    },
    toldBy(rollout),
  );
  const moved = seen.at('client:moved');
  const before = seen.entries.filter((it) => it.what === 'answered' && it.t < moved);
  // Who is sent to any pod each time, or had but one to be sent to, loses no choice.
  return before.length > 1 && rollout.before.ready > 1;
}
