/** Services of the declared world and the workloads they select. */
import { serviceSelects } from '../../endpoints/index.ts';
import type { Service } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';

/** Every declared Service with the workloads whose pods it selects, in the order they are written. */
export function servedWorkloads(
  prediction: Prediction,
): readonly { readonly service: Service; readonly workloads: readonly WorkloadPrediction[] }[] {
  return prediction.snapshot.list('Service').map((service) => ({
    service,
    workloads: prediction.declaredWorkloads.filter(
      (it) => it.pod && serviceSelects(service, it.pod),
    ),
  }));
}

/** `a Service`, `a Deployment`: the workload as sentences name it. */
export function nameOf({ kind, name }: WorkloadPrediction): string {
  return `${kind} ${name}`;
}
