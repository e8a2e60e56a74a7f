/** What the autoscalers of a workload make of its replicas. */
import type { WorkloadPrediction } from '../prediction/index.ts';
import { autoscalerBounds, isScaledBy } from '../workloads/index.ts';

export function autoscalerMessages(workload: WorkloadPrediction): readonly string[] {
  const { namespace, object, prediction } = workload;
  return prediction.snapshot
    .list('HorizontalPodAutoscaler', namespace)
    .filter((it) => isScaledBy(workload, it))
    .flatMap((it) => autoscalerBounds(it, object).because.map(({ message }) => message));
}
