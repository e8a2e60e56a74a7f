/** Services of the declared world and the workloads they select. */
import { serviceSelects } from '../../endpoints/index.ts';
import type { Service } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';

/** A declared Service and the workloads whose pods it selects. */
export interface ServedWorkloads {
  readonly service: Service;
  readonly workloads: readonly WorkloadPrediction[];
}

/** Every declared Service with its workloads, in the order they are written. */
export function servedWorkloads(prediction: Prediction): readonly ServedWorkloads[] {
  return prediction.remembered(servedWorkloads, () =>
    prediction.snapshot.list('Service').map((service) => ({
      service,
      workloads: prediction.declaredWorkloads.filter(
        (it) => it.pod && serviceSelects(service, it.pod),
      ),
    })),
  );
}

/** `a Service`, `a Deployment`: the workload as sentences name it. */
export function nameOf({ kind, name }: WorkloadPrediction): string {
  return `${kind} ${name}`;
}
