/** A UDP flow that stays with an address whose pod is gone. */
import { protocolOf } from '../../endpoints/index.ts';
import { addWindows, formatWindow } from '../../explanation/index.ts';
import { each, field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { needsRecreate } from '../facts/claims.ts';
import { every, podsOf, slowest, TO_NODES, toldBy } from '../facts/clients.ts';
import { deploymentOf, fewestReplicas, goneWindow, readyWindow } from '../facts/rollouts.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFix, type WitnessStep } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

/** Resolvers take a new source port for each question, so no flow outlives an answer. */
const DNS_PORT = 53;

export default defineRaceRule({
  id: 'udp-stale-flow',
  severity: 'warning',
  basis: 'source',
  summary: 'A UDP client that keeps its port keeps sending to a pod that is gone.',
  why: `
    The node remembers for each UDP flow to which pod it goes, and a packet renews that. The data plane
    forgets a flow when its endpoint no longer serves and another one does. With a single pod that is
    replaced only after its end, there is no other: agents that never pause lose what they send until the
    next pod is Ready and the data plane has cleaned up.
  `,
  remedy: 'Run two replicas with a rolling update, or use TCP.',
  upstream: [{ path: 'pkg/proxy/conntrack/cleanup.go' }],
  replay: {
    by: 'clients',
    lost: (story) =>
      story.workload.services.some((it) =>
        (it.spec.ports ?? []).some((port) => protocolOf(port) === 'UDP'),
      ) && losesLonger(story),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: statsd }
        spec:
          selector: { app: statsd }
          ports:
            - port: 8125
              protocol: UDP
        #               ^^^ in a rollout Deployment statsd has no pod for 1.2s to 1m 41.1s, and a client that keeps its source port sends to the old address until the data plane forgets it
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: statsd }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: statsd } }
          template:
            metadata: { labels: { app: statsd } }
            spec:
              containers: [{ name: statsd, image: "registry.example/statsd:1" }]
      `,
    ],
    safe: [
      // The new pod serves before the old one goes.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: statsd }
        spec:
          selector: { app: statsd }
          ports:
            - port: 8125
              protocol: UDP
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: statsd }
        spec:
          selector: { matchLabels: { app: statsd } }
          template:
            metadata: { labels: { app: statsd } }
            spec:
              containers: [{ name: statsd, image: "registry.example/statsd:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const [workload, ...others] = workloads;
      if (!workload || others.length > 0 || !isReplacedAfterItsEnd(workload)) continue;
      const gone = goneWindow(workload);
      const ready = readyWindow(workload);
      for (const [port, at] of each(field(service).spec.ports)) {
        if (protocolOf(port) !== 'UDP' || port.port === DNS_PORT) continue;
        const time = gone && ready ? ` for ${formatWindow(addWindows(gone, ready))}` : '';
        yield {
          at: at.protocol,
          message: `in a rollout ${nameOf(workload)} has no pod${time}, and a client that keeps its source port sends to the old address until the data plane forgets it`,
          certainty: 'assumed',
          restsOn: 'that clients keep their source port, as syslog and statsd agents do',
          witness: witnessOf(workload),
          fixes: rolling(workload),
        };
      }
    }
  },
});

/** The new pod comes before the old one goes, where nothing keeps two of them from running. */
function rolling(workload: WorkloadPrediction): readonly RaceFix[] {
  const deployment = deploymentOf(workload);
  if (!deployment || needsRecreate(workload)) return [];
  return [
    {
      title: `Roll ${nameOf(workload)}, the new pod before the old one goes`,
      changes: [{ at: field(deployment).spec.strategy, value: { type: 'RollingUpdate' } }],
    },
  ];
}

/** One pod, and the next comes when it is gone. */
function isReplacedAfterItsEnd(workload: WorkloadPrediction): boolean {
  if (workload.replicas === 0 || fewestReplicas(workload) > 1) return false;
  if (workload.kind === 'StatefulSet') return true;
  return deploymentOf(workload)?.spec?.strategy?.type === 'Recreate';
}

/** The quickest rollout: what is lost longer than data planes need to hear of a change. */
function witnessOf(workload: WorkloadPrediction): readonly WitnessStep[] {
  const gone = goneWindow(workload)?.earliest;
  const ready = readyWindow(workload)?.earliest;
  if (!workload.model || gone === undefined || ready === undefined) return [];
  return [
    { at: 0, text: 'the only pod is deleted', moment: 'rollout:deleting' },
    { at: gone, text: 'it is gone, and what is sent to it is lost', moment: 'client:lost' },
    { at: gone + ready, text: 'the next pod is Ready', moment: 'rollout:ready' },
    {
      at: gone + ready + slowest(workload.model, ...TO_NODES),
      text: 'kube-proxy hears of it, and takes the entry of the old pod away',
      moment: 'kube-proxy:flow-cleared',
    },
  ];
}

/** A client that never pauses loses packets for longer than every change takes to get around. */
function losesLonger(story: ReplayStory): boolean {
  const rollout = story.rollout();
  if (!rollout || !Number.isFinite(rollout.duration.earliest)) return false;
  const lagSeconds = slowest(story.model, ...TO_NODES);
  const until = rollout.duration.earliest + lagSeconds + 10;
  const seen = story.clients(
    {
      pods: podsOf(rollout),
      clients: [
        {
          name: 'agent',
          asks: every(0.1, 0, until),
          way: { by: 'kube-proxy', lagSeconds },
          connection: 'udp',
        },
      ],
      until,
    },
    toldBy(rollout),
  );
  const lost = seen.at('client:lost');
  return seen.after(lost, 'client:delivered') - lost > lagSeconds + 0.2;
}
