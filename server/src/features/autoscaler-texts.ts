/** What the autoscalers of a workload make of its replicas. */
import type { WorkloadPrediction } from '../prediction/index.ts';
import { autoscalerBounds } from '../workloads/index.ts';

export function autoscalerMessages(workload: WorkloadPrediction): readonly string[] {
  const { kind, name, namespace, object, prediction } = workload;
  return prediction.snapshot
    .list('HorizontalPodAutoscaler', namespace)
    .filter(({ spec }) => {
      return spec?.scaleTargetRef?.kind === kind && spec.scaleTargetRef.name === name;
    })
    .flatMap((it) => autoscalerBounds(it, object).because.map(({ message }) => message));
}
