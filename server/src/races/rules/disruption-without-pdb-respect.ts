/** A quorum that a budget protects, and a more important pod that need not ask it. */
import { between } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { budgetsOf, budgetPlace, statusWith } from '../facts/budgets.ts';
import { mayPreempt, priorityOf } from '../facts/priorities.ts';
import { replicaRange } from '../facts/replicas.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'disruption-without-pdb-respect',
  severity: 'information',
  basis: 'source',
  summary: 'A quorum relies on its budget, and preemption does not have to keep to it.',
  why: `
    The eviction API asks the budget. The scheduler only prefers victims that no budget protects: where
    there are no others it takes these. Taints, node shutdown and the kubelet's evictions do not ask
    at all.
  `,
  remedy:
    'Give the members a PriorityClass at least as high as that of the others, and spread them over nodes.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go' }],
  replay: {
    by: 'preemption',
    lost: (story) => {
      const { workload, prediction } = story;
      const [budget] = budgetsOf(workload);
      if (!budget) return false;
      const { desiredHealthy } = statusWith(budget, workload.replicas);
      return prediction.workloads
        .filter((it) => it.subject !== workload.subject)
        .some((it) => story.preempted(it, between(30, 30)).fewestLeft < desiredHealthy);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: etcd }
        #                 ^^^^ Deployment checkout has priority 1000, this one 0: where room is short its pods may preempt more than the 1 of 3 that etcd lets go
        spec:
          replicas: 3
          serviceName: etcd
          selector: { matchLabels: { app: etcd } }
          template:
            metadata: { labels: { app: etcd } }
            spec:
              containers: [{ name: etcd, image: "registry.example/etcd:3" }]
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: etcd }
        spec:
          minAvailable: 2
        #               ^ related: preemption only prefers to keep to it
          selector: { matchLabels: { app: etcd } }
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: { name: urgent }
        value: 1000
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: checkout }
        spec:
          replicas: 2
          selector: { matchLabels: { app: checkout } }
          template:
            metadata: { labels: { app: checkout } }
            spec:
              priorityClassName: urgent
              containers: [{ name: app, image: "registry.example/checkout:1" }]
      `,
    ],
    safe: [
      // The others wait until there is room.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: etcd }
        spec:
          replicas: 3
          serviceName: etcd
          selector: { matchLabels: { app: etcd } }
          template:
            metadata: { labels: { app: etcd } }
            spec:
              containers: [{ name: etcd, image: "registry.example/etcd:3" }]
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: etcd }
        spec:
          minAvailable: 2
          selector: { matchLabels: { app: etcd } }
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: { name: urgent }
        value: 1000
        preemptionPolicy: Never
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: checkout }
        spec:
          replicas: 2
          selector: { matchLabels: { app: checkout } }
          template:
            metadata: { labels: { app: checkout } }
            spec:
              priorityClassName: urgent
              containers: [{ name: app, image: "registry.example/checkout:1" }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { least } = replicaRange(workload);
    const [budget] = budgetsOf(workload);
    if (workload.kind !== 'StatefulSet' || least < 3 || !budget) return;
    const { desiredHealthy } = statusWith(budget, least);
    // Fewer than a majority is no quorum.
    if (desiredHealthy * 2 <= least) return;
    const stronger = prediction.workloads
      .filter((it) => it.kind !== 'DaemonSet' && mayPreempt(it, workload))
      .toSorted((a, b) => priorityOf(b) - priorityOf(a))[0];
    if (!stronger) return;
    yield {
      at: field(workload.object).metadata.name,
      message:
        `${priorities(workload, stronger)}: where room is short its pods may preempt more than the` +
        ` ${least - desiredHealthy} of ${least} that ${budget.metadata.name} lets go`,
      ...(stronger.replicas > least - desiredHealthy ? { witness: together(stronger) } : {}),
      certainty: 'assumed',
      restsOn: 'that the nodes they share run full',
      related: [{ message: 'preemption only prefers to keep to it', at: budgetPlace(budget) }],
    };
  },
});

function priorities(own: WorkloadPrediction, other: WorkloadPrediction): string {
  return `${nameOf(other)} has priority ${priorityOf(other)}, this one ${priorityOf(own)}`;
}

/** Two of them come at once. */
function together(stronger: WorkloadPrediction): readonly WitnessStep[] {
  const moment = 'scheduler:preempted';
  return [
    {
      at: 0,
      text: `a pod of ${nameOf(stronger)} finds every node full and preempts one of these`,
      moment,
    },
    {
      at: 0,
      text: 'the next one does so too: no other pod is left to take instead',
      moment,
    },
  ];
}
