/** A budget that never lets a pod go: drains of its nodes do not end. */
import { namespaceOf } from '../../cluster/index.ts';
import type { PodDisruptionBudget } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import {
  allowOne,
  budgetAmount,
  budgetedWorkloads,
  budgetPlace,
  statusWith,
} from '../facts/budgets.ts';
import { BLOCKED_DRAIN } from '../facts/replays.ts';
import { isScalable, replicaRange } from '../facts/replicas.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'pdb-blocks-drain',
  severity: 'error',
  basis: 'source',
  summary: 'A PodDisruptionBudget never lets a pod go, so the nodes of its pods cannot be drained.',
  why: `
    Each eviction of a drain asks the budget. Where it wants as many healthy pods as there are, the
    answer is 429 even with all of them healthy. kubectl drain asks again every 5 seconds without
    end; managed node upgrades wait until the platform's limit and then force the pods away.
    Percentages round up: 51% of 2 pods are 2.
  `,
  remedy: 'Let one pod go: maxUnavailable 1, or a minAvailable below the number of replicas.',
  upstream: [
    { path: 'pkg/registry/core/pod/storage/eviction.go' },
    { path: 'pkg/controller/disruption/disruption.go' },
  ],
  replay: BLOCKED_DRAIN,
  examples: {
    racing: [
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 51%
        #               ^^^ keeps 51%, and Deployment web has 2 pods: every eviction is answered 429 for ever, and a drain of a node with one does not end
          selector: { matchLabels: { app: web } }
        ---
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
      `,
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: db }
        spec:
          maxUnavailable: 0
        #                 ^ lets 0 pods go, and StatefulSet db has 3 pods: every eviction is answered 429 for ever, and a drain of a node with one does not end
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
    safe: [
      // 50% of 2 pods is 1: one may go.
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 50%
          selector: { matchLabels: { app: web } }
        ---
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
      `,
      // The autoscaler keeps one more than the budget wants.
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 2
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: web }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
          minReplicas: 3
          maxReplicas: 9
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { budget, workloads } of budgetedWorkloads(prediction)) {
      // Of other owners the controller cannot tell the scale, which is another rule's business.
      if (workloads.length === 0 || !workloads.every(isScalable)) continue;
      const finding = blocked(budget, workloads);
      if (finding) yield finding;
    }
  },
});

function blocked(
  budget: PodDisruptionBudget,
  workloads: readonly WorkloadPrediction[],
): RaceFinding | undefined {
  const ranges = workloads.map(replicaRange);
  const pods = ranges.reduce((sum, it) => sum + it.least, 0);
  const most = ranges.reduce((sum, it) => sum + it.most, 0);
  const status = statusWith(budget, pods);
  if (pods === 0 || status.disruptionsAllowed > 0) return undefined;
  const { name, value } = budgetAmount(budget);
  const whose = workloads.map(nameOf).join(' and ');
  const keeps = name === 'maxUnavailable' ? `lets ${value} pods go` : `keeps ${value}`;
  const busy = statusWith(budget, most).disruptionsAllowed > 0;
  // While there is little load only: that is told at the autoscaler.
  if (busy) return undefined;
  const forced = name === 'maxUnavailable' || pods > 1;
  return {
    at: budgetPlace(budget),
    cause: `drain:${namespaceOf(budget)}/${budget.metadata.name}`,
    message:
      `${keeps}, and ${whose} has ${pods === 1 ? '1 pod' : `${pods} pods`}: every eviction is` +
      ' answered 429 for ever, and a drain of a node with one does not end',
    ...(!forced ? { severity: 'warning' as const } : {}),
    witness: [
      {
        at: 0,
        text: `eviction: 429, the budget wants ${status.desiredHealthy} healthy pods and has ${pods}`,
        moment: `drain:refused::needs ${status.desiredHealthy} healthy pods and has ${pods} currently`,
      },
      {
        at: 5,
        text: 'kubectl drain asks again: 429, and so on',
        moment: 'drain:refused::429',
      },
    ],
    fixes: [{ title: 'Let one pod go at a time', changes: allowOne(budget, pods) }],
  };
}
