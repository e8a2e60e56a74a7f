/**
 * Tolerations.
 * Follows ValidateTolerations of pkg/apis/core/validation/validation.go with the default gates:
 * the comparing operators Lt and Gt are not enabled.
 */
import type { Toleration } from './pod-written.ts';
import {
  goNamed,
  invalid,
  isValidLabelValue,
  notSupported,
  validateLabelName,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { append } from './pod-append.ts';

const OPERATORS: readonly string[] = ['Equal', 'Exists'];
/** Not enabled by default, yet named in the refusal of themselves. */
const COMPARING: readonly string[] = ['Lt', 'Gt'];
const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** `spec.tolerations`. */
export function validateTolerations(tolerations: readonly Toleration[], path: Path): FieldErrors {
  return tolerations.flatMap((it, i) => validateToleration(it, path.index(i)));
}

function validateToleration(toleration: Toleration, path: Path): FieldErrors {
  const { key = '', tolerationSeconds } = toleration;
  const operator = toleration.operator ?? '';
  const effect = toleration.effect ?? '';
  const errors: FieldErrors = [];
  if (key !== '') append(errors, validateLabelName(key, path.child('key')));
  if (key === '' && operator !== 'Exists') {
    const text =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(path.child('operator'), goNamed(operator), text));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const text = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(path.child('effect'), goNamed(effect), text));
  }
  append(errors, validateOperator(operator, toleration.value ?? '', path.child('operator')));
  if (effect !== '' && !EFFECTS.includes(effect)) {
    errors.push(notSupported(path.child('effect'), effect, EFFECTS));
  }
  return errors;
}

function validateOperator(operator: string, value: string, path: Path): FieldErrors {
  if (operator === 'Equal' || operator === '') {
    const wrong = isValidLabelValue(value);
    return wrong.length > 0 ? [invalid(path, value, wrong.join(';'))] : [];
  }
  if (operator === 'Exists') {
    const text = "value must be empty when `operator` is 'Exists'";
    return value === '' ? [] : [invalid(path, value, text)];
  }
  const comparing = COMPARING.includes(operator);
  return [notSupported(path, operator, comparing ? [...OPERATORS, ...COMPARING] : OPERATORS)];
}
