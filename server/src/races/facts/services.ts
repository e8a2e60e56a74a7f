/** Services of the declared world and the workloads they select. */
import { serviceSelects } from '../../endpoints/index.ts';
import type { Service } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';

/** A declared Service and the workloads whose pods it selects. */
export interface ServedWorkloads {
  readonly service: Service;
  readonly workloads: readonly WorkloadPrediction[];
}

const KNOWN = new WeakMap<Prediction, readonly ServedWorkloads[]>();

/** Every declared Service with its workloads, in the order they are written. */
export function servedWorkloads(prediction: Prediction): readonly ServedWorkloads[] {
  const known = KNOWN.get(prediction);
  if (known) return known;
  const served = prediction.snapshot.list('Service').map((service) => ({
    service,
    workloads: prediction.declaredWorkloads.filter(
      (it) => it.pod && serviceSelects(service, it.pod),
    ),
  }));
  KNOWN.set(prediction, served);
  return served;
}

/** `a Service`, `a Deployment`: the workload as sentences name it. */
export function nameOf({ kind, name }: WorkloadPrediction): string {
  return `${kind} ${name}`;
}
