/**
 * PodDisruptionBudget. Follows pkg/apis/policy/validation/validation.go.
 */
import type { PodDisruptionBudget } from '../../manifest/index.ts';
import { validateNotMoreThan100Percent, validatePositiveIntOrPercent } from './int-or-percent.ts';
import {
  go,
  goStruct,
  goValue,
  invalid,
  notSupported,
  Path,
  validateLabelSelector,
  type FieldErrors,
} from './machinery/index.ts';
import { append } from './pod-append.ts';

const SPEC = Path.of('spec');

const printSpec = goStruct({
  MinAvailable: ['minAvailable', go.pointer()],
  Selector: ['selector', go.pointer()],
  MaxUnavailable: ['maxUnavailable', go.pointer()],
  UnhealthyPodEvictionPolicy: ['unhealthyPodEvictionPolicy', go.pointer()],
});

/** ValidatePodDisruptionBudget; metadata is left to the generic check. */
export function validatePodDisruptionBudget({ spec }: PodDisruptionBudget): FieldErrors {
  const errors: FieldErrors = [];
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const text = 'minAvailable and maxUnavailable cannot be both set';
    errors.push(invalid(SPEC, goValue(printSpec, spec), text));
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[name];
    if (value === undefined) continue;
    append(errors, validatePositiveIntOrPercent(value, SPEC.child(name)));
    append(errors, validateNotMoreThan100Percent(value, SPEC.child(name)));
  }
  append(errors, validateLabelSelector(spec.selector, SPEC.child('selector')));
  const supported = ['AlwaysAllow', 'IfHealthyBudget'];
  if (policy !== undefined && !supported.includes(policy)) {
    errors.push(notSupported(SPEC.child('unhealthyPodEvictionPolicy'), policy, supported));
  }
  return errors;
}
