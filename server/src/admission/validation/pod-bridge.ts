/** Where workloads meet the validation of their pod templates. */
import type { PodTemplateSpec } from '../../manifest/index.ts';
import type { FieldErrors, Path } from './machinery/index.ts';

/** ValidatePodTemplateSpec. */
export function validatePodTemplate(_template: PodTemplateSpec, _path: Path): FieldErrors {
  return [];
}
