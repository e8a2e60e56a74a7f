/** PodDisruptionBudgets, the workloads they select, and what they allow while all pods are healthy. */
import { namespaceOf } from '../../cluster/index.ts';
import { field, type Citable, type PodDisruptionBudget } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import type { FieldChange } from '../race-rule.ts';
import { budgetSelects, budgetStatus, type BudgetStatus } from '../../workloads/index.ts';

/** A budget and every declared workload whose pods it selects, once each. */
export interface BudgetedWorkloads {
  readonly budget: PodDisruptionBudget;
  readonly workloads: readonly WorkloadPrediction[];
}

/** All budgets of the world. */
export function budgetedWorkloads(prediction: Prediction): readonly BudgetedWorkloads[] {
  const seen = new Set<string>();
  const distinct = prediction.workloads.filter(
    ({ subject }) => !seen.has(subject) && seen.add(subject).size > 0,
  );
  return prediction.snapshot.list('PodDisruptionBudget').map((budget) => ({
    budget,
    workloads: distinct.filter((it) => isSelected(budget, it)),
  }));
}

/** The budgets that the eviction API asks for a workload's pods. */
export function budgetsOf(workload: WorkloadPrediction): readonly PodDisruptionBudget[] {
  return workload.prediction.snapshot
    .list('PodDisruptionBudget', workload.namespace)
    .filter((it) => isSelected(it, workload));
}

function isSelected(budget: PodDisruptionBudget, { pod, namespace }: WorkloadPrediction): boolean {
  if (!pod || namespaceOf(budget) !== namespace) return false;
  return budgetSelects(budget, { ...pod, metadata: { ...pod.metadata, namespace } });
}

/** What a budget comes to over so many pods, all of them healthy and of scalable controllers. */
export function statusWith(budget: PodDisruptionBudget, pods: number): BudgetStatus {
  return budgetStatus(budget, { pods, healthy: pods, scale: pods });
}

/** The field that says how much the budget keeps. */
export function budgetAmount({ spec }: PodDisruptionBudget): {
  readonly name: 'maxUnavailable' | 'minAvailable';
  readonly value: number | string;
} {
  return spec.maxUnavailable === undefined
    ? { name: 'minAvailable', value: spec.minAvailable ?? 1 }
    : { name: 'maxUnavailable', value: spec.maxUnavailable };
}

/** Where that field stands. */
export function budgetPlace(budget: PodDisruptionBudget): Citable {
  const { spec } = field(budget);
  return budgetAmount(budget).name === 'maxUnavailable' ? spec.maxUnavailable : spec.minAvailable;
}

/** Lets one pod go at a time. */
export function allowOne(budget: PodDisruptionBudget, pods: number): readonly FieldChange[] {
  const { spec } = field(budget);
  // With one pod fewer than there are, one may always go.
  return budget.spec.maxUnavailable === undefined
    ? [{ at: spec.minAvailable, value: Math.max(0, pods - 1) }]
    : [{ at: spec.maxUnavailable, value: 1 }];
}
