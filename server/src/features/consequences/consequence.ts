/** What follows from one field, computed for this very object. */
import type { FieldPath, KubernetesObject } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';

export interface PodContext {
  readonly workload: WorkloadPrediction;
  readonly prediction: Prediction;
  /** The container the path is in, by name. */
  readonly container: string | undefined;
  /** From the pod's root. */
  readonly path: FieldPath;
}

export interface ObjectContext {
  readonly object: KubernetesObject;
  readonly workload: WorkloadPrediction | undefined;
  readonly prediction: Prediction;
  readonly path: FieldPath;
}

/** A consequence of a field of pods, wherever their template stands. */
export interface PodConsequence {
  /** As `spec.containers[*].readinessProbe`; fields below it count too. */
  readonly field: string;
  tell(context: PodContext): string | undefined;
}

/** A consequence of a field of one kind of object. */
export interface ObjectConsequence {
  readonly kinds: readonly string[];
  readonly field: string;
  tell(context: ObjectContext): string | undefined;
}

/** Whether a path is the pattern's field, or below it. `*` stands for any index or key. */
export function fieldMatches(pattern: string, path: FieldPath): boolean {
  const steps = pattern.replaceAll('[*]', '.*').split('.');
  return (
    steps.length <= path.length &&
    steps.every((step, i) => step === '*' || step === String(path[i]))
  );
}
