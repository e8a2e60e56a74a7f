/** Horizontal autoscalers of the declared world and what they scale. */
import type { HorizontalPodAutoscaler } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';

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
