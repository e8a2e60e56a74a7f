/** Replicas without a budget: several nodes drained at once may take them all. */
import { field } from '../../manifest/index.ts';
import { budgetsOf } from '../facts/budgets.ts';
import { drainOf } from '../facts/node-events.ts';
import { isScalable, replicaRange } from '../facts/replicas.ts';
import { readyWindow } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'no-pdb-parallel-drain',
  severity: 'information',
  basis: 'source',
  summary: 'No budget keeps one replica while several nodes are drained.',
  why: `
    A drain evicts all pods of a node at once, and upgrades of a node pool drain several nodes at once.
    Without a PodDisruptionBudget nothing ties one eviction to another: all replicas can be stopping
    before the first replacement is Ready.
  `,
  remedy: 'Add a PodDisruptionBudget with maxUnavailable: 1 over the same labels.',
  upstream: [{ path: 'staging/src/k8s.io/kubectl/pkg/drain/drain.go' }],
  replay: {
    by: 'disruption',
    lost: (story) => {
      if (story.workload.services.length === 0) return false;
      // The upgrade of a node pool: new nodes come, the old ones are drained at the same time.
      const drained = story.disrupted({
        events: (nodes) => nodes.flatMap((it) => drainOf(it, 0)),
        bringsNodes: true,
        until: 600,
      });
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
          replicas: 2
        #           ^ no PodDisruptionBudget in these files selects the 2 replicas: drains of their nodes at the same time may stop all of them together
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
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: web } }
      `,
      // Nobody is sent to it.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: worker }
        spec:
          replicas: 2
          selector: { matchLabels: { app: worker } }
          template:
            metadata: { labels: { app: worker } }
            spec:
              containers: [{ name: app, image: "registry.example/worker:1" }]
      `,
    ],
  },

  *find(workload, { config }) {
    if (!isScalable(workload) || workload.services.length === 0) return;
    const { least } = replicaRange(workload);
    if (least < 2 || budgetsOf(workload).length > 0) return;
    const open = config.world === 'open';
    const ready = readyWindow(workload);
    yield {
      at: field(workload.object as { spec?: { replicas?: number } }).spec.replicas,
      message:
        `${open ? 'no PodDisruptionBudget in these files' : 'no PodDisruptionBudget'} selects the` +
        ` ${least} replicas: drains of their nodes at the same time may stop all of them together`,
      witness: [
        {
          at: 0,
          text: 'the nodes are drained: each drain evicts what it finds, and none waits for another',
          moment: 'api:eviction::201',
        },
        {
          at: 0,
          text: `none of the ${least} replicas is Ready`,
          moment: 'pod:deleting::"ready":0',
        },
        ...(ready && Number.isFinite(ready.latest)
          ? [{ at: ready.latest, text: 'the first replacement is Ready', moment: 'pod:ready' }]
          : []),
      ],
      certainty: 'assumed',
      restsOn: open
        ? 'that several nodes are drained at once, and that no budget is declared elsewhere'
        : 'that several nodes are drained at once',
    };
  },
});
