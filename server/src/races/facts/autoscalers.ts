/** Horizontal autoscalers of the declared world and what they scale. */
import type { HorizontalPodAutoscaler } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { isScaledBy } from '../../workloads/index.ts';

/** The autoscaler that sets the replicas of a workload, if one is declared. */
export function autoscalerOf(workload: WorkloadPrediction): HorizontalPodAutoscaler | undefined {
  return workload.prediction.snapshot
    .list('HorizontalPodAutoscaler', workload.namespace)
    .find((it) => isScaledBy(workload, it));
}
