/** Priorities of pods as admission resolves them, and who may preempt whom. */
import type { WorkloadPrediction } from '../../prediction/index.ts';

/** The priority of a workload's pods; 0 where no class says more. */
export function priorityOf({ pod }: WorkloadPrediction): number {
  return pod?.spec.priority ?? 0;
}

/** Whether pods of one may preempt those of the other where they need its room. */
export function mayPreempt(stronger: WorkloadPrediction, weaker: WorkloadPrediction): boolean {
  return (
    priorityOf(stronger) > priorityOf(weaker) && stronger.pod?.spec.preemptionPolicy !== 'Never'
  );
}
