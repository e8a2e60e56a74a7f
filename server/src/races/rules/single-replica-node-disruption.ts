/** A served workload of one pod: every drain of its node is an outage. */
import { fieldAt } from '../../manifest/index.ts';
import { formatWindow } from '../../explanation/index.ts';
import { autoscalerOf } from '../facts/autoscalers.ts';
import { drainOf } from '../facts/node-events.ts';
import { readyWindow } from '../facts/rollouts.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const KINDS = ['Deployment', 'ReplicaSet', 'StatefulSet'];

export default defineRaceRule({
  id: 'single-replica-node-disruption',
  severity: 'information',
  basis: 'source',
  summary: 'A Service has one pod, and a drain of its node takes it away before another is there.',
  why: `
    An eviction deletes the pod and nothing more: the controller makes a replacement only then, and
    nothing waits until that is Ready. A rollout can surge, a drain cannot.
  `,
  remedy: 'Run two replicas, spread over nodes, with a PodDisruptionBudget.',
  upstream: [{ path: 'pkg/registry/core/pod/storage/eviction.go' }],
  replay: {
    by: 'disruption',
    lost: (story) => {
      if (story.workload.services.length === 0) return false;
      const drained = story.disrupted({ events: ([node]) => drainOf(node, 0), until: 600 });
      return drained && drained.longestOutage > 0.5;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
        #           ^ draining its node leaves Deployment web without a ready pod for 0.86s to 1m 1.9s, until the replacement is Ready
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // Nobody sends it requests.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: worker }
        spec:
          replicas: 1
          selector: { matchLabels: { app: worker } }
          template:
            metadata: { labels: { app: worker } }
            spec:
              containers: [{ name: app, image: "registry.example/worker:1" }]
      `,
    ],
  },

  *find(workload) {
    if (!KINDS.includes(workload.kind) || workload.replicas !== 1) return;
    // With an autoscaler its lower bound counts.
    if (workload.services.length === 0 || autoscalerOf(workload)) return;
    const ready = readyWindow(workload);
    yield {
      at: fieldAt(workload.object, ['spec', 'replicas']),
      message: `draining its node leaves ${nameOf(workload)} without a ready pod${ready ? ` for ${formatWindow(ready)}, until the replacement is Ready` : ' until the replacement is Ready'}`,
      ...(ready
        ? {
            certainty: 'bounded' as const,
            restsOn: `the ${workload.model?.profile.name ?? 'default'} profile`,
          }
        : {}),
      cause: 'one-replica',
      witness: [
        {
          at: 0,
          text: 'the pod is evicted; its replacement is created',
          moment: 'api:eviction::201',
        },
        ...(ready && Number.isFinite(ready.latest)
          ? [
              {
                at: ready.latest,
                text: 'the replacement is Ready',
                event: 'ready',
                moment: 'pod:ready',
              },
            ]
          : []),
      ],
    };
  },
});
