/** How many replicas a workload has, the bounds of its autoscaler included. */
import type { HorizontalPodAutoscaler } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { autoscalerOf } from './autoscalers.ts';

/** The fewest and the most replicas, and the autoscaler that moves between them. */
export interface ReplicaRange {
  readonly least: number;
  readonly most: number;
  readonly autoscaler: HorizontalPodAutoscaler | undefined;
}

/** Kinds with the scale subresource. */
const SCALABLE = ['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'];

/** Whether its replicas can be asked for and set through the scale subresource. */
export function isScalable({ kind }: WorkloadPrediction): boolean {
  return SCALABLE.includes(kind);
}

/** The replicas it may have at once in quiet times; with replicas 0 autoscaling is off. */
export function replicaRange(workload: WorkloadPrediction): ReplicaRange {
  const { replicas } = workload;
  const autoscaler = isScalable(workload) ? autoscalerOf(workload) : undefined;
  if (!autoscaler || replicas === 0) return { least: replicas, most: replicas, autoscaler };
  const least = autoscaler.spec.minReplicas ?? 1;
  return { least, most: Math.max(least, autoscaler.spec.maxReplicas), autoscaler };
}
