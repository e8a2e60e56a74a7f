/**
 * Label keys, labels and label selectors.
 * Follows staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go. Labels are
 * looked at in the order of their keys, where upstream's order is that of a Go map: random.
 */
import type { LabelSelector, LabelSelectorRequirement } from '../../../manifest/index.ts';
import { forbidden, invalid, required, type FieldErrors } from './field-error.ts';
import type { Path } from './field-path.ts';
import { goNamed } from './go-text.ts';
import { isQualifiedName, isValidLabelValue } from './names.ts';

/** ValidateLabelName: a key as a field. */
export function validateLabelName(name: string, path: Path): FieldErrors {
  return isQualifiedName(name).map((it) => invalid(path, name, it));
}

/** ValidateLabels: keys and values, both reported at the map itself. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...validateLabelName(key, path));
    for (const it of isValidLabelValue(value)) errors.push(invalid(path, value, it));
  }
  return errors;
}

/** What upstream lets some callers allow. */
export interface LabelSelectorOptions {
  readonly allowInvalidLabelValue?: boolean;
}

/** ValidateLabelSelector; a missing selector is fine here. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: Path,
  options: LabelSelectorOptions = {},
): FieldErrors {
  if (!selector) return [];
  const errors = validateLabels(selector.matchLabels, path.child('matchLabels'));
  for (const [i, it] of (selector.matchExpressions ?? []).entries()) {
    errors.push(...validateRequirement(it, path.child('matchExpressions').index(i), options));
  }
  return errors;
}

function validateRequirement(
  { key, operator, values = [] }: LabelSelectorRequirement,
  path: Path,
  { allowInvalidLabelValue = false }: LabelSelectorOptions,
): FieldErrors {
  const errors: FieldErrors = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      const text = "must be specified when `operator` is 'In' or 'NotIn'";
      errors.push(required(path.child('values'), text));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      errors.push(forbidden(path.child('values'), text));
    }
  } else {
    const text = 'not a valid selector operator';
    errors.push(invalid(path.child('operator'), goNamed(operator ?? ''), text));
  }
  errors.push(...validateLabelName(key ?? '', path.child('key')));
  if (allowInvalidLabelValue) return errors;
  for (const [i, value] of values.entries()) {
    for (const it of isValidLabelValue(value)) {
      errors.push(invalid(path.child('values').index(i), value, it));
    }
  }
  return errors;
}
