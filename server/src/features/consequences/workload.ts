/** Replicas, strategies and budgets: what a rollout or a drain makes of them. */
import { formatWindow } from '../../explanation/index.ts';
import type { PodDisruptionBudget } from '../../manifest/index.ts';
import { selectorMatches } from '../../manifest/index.ts';
import type { ObjectConsequence, ObjectContext } from './consequence.ts';

export const WORKLOAD_CONSEQUENCES: readonly ObjectConsequence[] = [
  {
    kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
    field: 'spec.strategy',
    tell: rolloutText,
  },
  { kinds: ['StatefulSet', 'DaemonSet'], field: 'spec.updateStrategy', tell: rolloutText },
  { kinds: ['Deployment', 'StatefulSet'], field: 'spec.replicas', tell: rolloutText },
  { kinds: ['PodDisruptionBudget'], field: 'spec', tell: budgetText },
];

/** How a rollout of the workload goes. */
function rolloutText({ workload }: ObjectContext): string | undefined {
  const rollout = workload?.rollout;
  if (!rollout) return undefined;
  return `A rollout takes ${formatWindow(rollout.duration)}; at the lowest ${rollout.minReady} of ${workload.replicas} pods are ready, at the most there are ${rollout.maxPods}.`;
}

/** Whom a budget counts. */
function budgetText({ object, prediction }: ObjectContext): string {
  const budget = object as unknown as PodDisruptionBudget;
  const counted = prediction.workloads.filter(
    (it) =>
      it.namespace === (budget.metadata.namespace || 'default') &&
      selectorMatches(budget.spec.selector, it.pod?.metadata.labels),
  );
  if (counted.length === 0) return 'Counts no pod of the declared world.';
  return [
    'Counts the pods of:',
    ...counted.map((it) => `- ${it.kind} \`${it.name}\` (${it.replicas})`),
  ].join('\n');
}
