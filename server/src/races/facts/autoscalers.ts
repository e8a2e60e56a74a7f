/** Horizontal autoscalers of the declared world and what they scale. */
import type { HorizontalPodAutoscaler } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';

/** The autoscaler that sets the replicas of a workload, if one is declared. */
export function autoscalerOf({
  kind,
  name,
  namespace,
  prediction,
}: WorkloadPrediction): HorizontalPodAutoscaler | undefined {
  return prediction.snapshot.list('HorizontalPodAutoscaler', namespace).find((it) => {
    const target = it.spec?.scaleTargetRef;
    return target?.kind === kind && target.name === name;
  });
}

/** Every autoscaler with the declared workload it scales. */
export function scaledWorkloads(prediction: Prediction): readonly {
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly workload: WorkloadPrediction;
}[] {
  return prediction.workloads.flatMap((workload) => {
    const autoscaler = autoscalerOf(workload);
    return autoscaler ? [{ autoscaler, workload }] : [];
  });
}
