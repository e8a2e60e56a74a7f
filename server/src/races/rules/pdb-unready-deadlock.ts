/** Pods that are not Ready and that a budget keeps where they are. */
import { field } from '../../manifest/index.ts';
import { budgetedWorkloads, budgetPlace, statusWith } from '../facts/budgets.ts';
import { drainOf } from '../facts/node-events.ts';
import { isScalable, replicaRange } from '../facts/replicas.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The witness's choice: somebody drains the node a minute after. */
const DRAINED_AFTER_SECONDS = 60;
/** kubectl asks again for what was refused after so long. */
const RETRY_SECONDS = 5;

export default defineRaceRule({
  id: 'pdb-unready-deadlock',
  severity: 'information',
  basis: 'source',
  summary: 'Once too few pods are Ready, the budget keeps even the broken ones on their nodes.',
  why: `
    By default a pod that is not Ready may be evicted only while the budget has its desired number of
    healthy pods. With fewer, every eviction is answered 429, those of the broken pods too, and the
    node that may be the reason cannot be drained.
  `,
  remedy:
    'Set unhealthyPodEvictionPolicy: AlwaysAllow, unless the pods are members of a quorum that repairs itself.',
  upstream: [{ path: 'pkg/registry/core/pod/storage/eviction.go' }],
  replay: {
    by: 'disruption',
    lostInWorld: (world) =>
      world.prediction.workloads.some((workload) => {
        // All but one break at once; the members of a quorum find together again.
        const recovers = workload.kind === 'StatefulSet' ? { recoversAt: 60 } : {};
        const pods = Math.max(1, replicaRange(workload).least - 1);
        const drained = world.of(workload)?.disrupted({
          events: ([node]) => [
            { do: 'break', at: 0, pods, ...recovers },
            ...drainOf(node, DRAINED_AFTER_SECONDS),
          ],
          until: 900,
        });
        return drained !== undefined && drained.after(800, 'api:eviction::429') > 0;
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 2
        #               ^ once 2 of the 3 pods of Deployment web are not Ready, none of them can be evicted: a drain of their nodes waits until they recover
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 2
          unhealthyPodEvictionPolicy: AlwaysAllow
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // Members of a quorum may want the default.
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: db }
        spec:
          minAvailable: 2
          selector: { matchLabels: { app: db } }
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          replicas: 3
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { budget, workloads } of budgetedWorkloads(prediction)) {
      if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') continue;
      if (workloads.length === 0 || !workloads.every(isScalable)) continue;
      if (workloads.some((it) => it.kind === 'StatefulSet')) continue;
      const pods = workloads.reduce((sum, it) => sum + replicaRange(it).least, 0);
      const { disruptionsAllowed, desiredHealthy } = statusWith(budget, pods);
      // A budget that lets none go at all is another rule's business; one that lets all go is none.
      if (disruptionsAllowed === 0 || desiredHealthy === 0) continue;
      const broken = disruptionsAllowed + 1;
      yield {
        at: budgetPlace(budget),
        message:
          `once ${broken} of the ${pods} pods of ${workloads.map(nameOf).join(' and ')} are not` +
          ' Ready, none of them can be evicted: a drain of their nodes waits until they recover',
        witness: [
          { at: 0, text: `${broken} pods stop being Ready`, moment: 'pod:unready' },
          {
            at: DRAINED_AFTER_SECONDS,
            text: 'the drain of a node asks for its pod, be it broken or not: 429',
            moment: 'api:eviction::429',
          },
          {
            at: DRAINED_AFTER_SECONDS + RETRY_SECONDS,
            text: 'it asks again: 429, and so on',
            moment: 'api:eviction::429',
          },
        ],
        certainty: 'assumed',
        restsOn: 'that so many pods break at once',
        fixes: [
          {
            title: 'Let pods that are not Ready be evicted',
            changes: [{ at: field(budget).spec.unhealthyPodEvictionPolicy, value: 'AlwaysAllow' }],
          },
        ],
      };
    }
  },
});
