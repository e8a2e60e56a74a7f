/**
 * Which pods a PodDisruptionBudget would rather keep.
 * Follows filterPodsWithPDBViolation in
 * pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go, and for a budget without
 * a status pkg/controller/disruption/disruption.go.
 */
import type { PodInfo } from '../cluster/index.ts';
import { scaledValue, selectorMatches, type PodDisruptionBudget } from '../manifest/index.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** The pods whose going a budget does not allow, those first in the list counted first. */
export function budgetBreakers(
  pods: readonly PodInfo[],
  snapshot: SchedulingSnapshot,
): ReadonlySet<PodInfo> {
  const budgets = snapshot.cluster.list('PodDisruptionBudget').map((budget) => ({
    budget,
    allowed: budget.status?.disruptionsAllowed ?? allowedDisruptions(budget, snapshot),
  }));
  const found = new Set<PodInfo>();
  for (const pod of pods) {
    for (const it of budgets) {
      if (!covers(it.budget, pod)) continue;
      const { status } = it.budget;
      if (status?.disruptedPods && Object.hasOwn(status.disruptedPods, pod.name)) continue;
      it.allowed--;
      if (it.allowed < 0) found.add(pod);
    }
  }
  return found;
}

/** Whether a budget counts a pod; an empty selector selects nothing here. */
function covers({ metadata, spec }: PodDisruptionBudget, pod: PodInfo): boolean {
  if ((metadata.namespace || 'default') !== pod.namespace) return false;
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {};
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return false;
  return Object.keys(pod.labels).length > 0 && selectorMatches(spec.selector, pod.labels);
}

/** What the controller would allow, taking every pod on a node as healthy. */
function allowedDisruptions(budget: PodDisruptionBudget, { nodes }: SchedulingSnapshot): number {
  let pods = 0;
  for (const node of nodes) {
    for (const it of node.pods) if (!it.terminating && covers(budget, it)) pods++;
  }
  const { minAvailable, maxUnavailable } = budget.spec;
  const least =
    minAvailable !== undefined
      ? (scaledValue(minAvailable, pods, true) ?? pods)
      : pods - (scaledValue(maxUnavailable ?? 0, pods, true) ?? 0);
  return Math.max(0, pods - least);
}
