/**
 * Numbers or percentages of rollouts and budgets.
 * Follows ValidatePositiveIntOrPercent and its neighbours of pkg/apis/apps/validation/validation.go.
 */
import type { IntOrString } from '../../manifest/index.ts';
import {
  GoJson,
  goJson,
  invalid,
  isValidPercent,
  validateNonnegativeField,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';

/** ValidatePositiveIntOrPercent: 0 and 0% are fine here. */
export function validatePositiveIntOrPercent(value: IntOrString, path: Path): FieldErrors {
  if (typeof value === 'number') return validateNonnegativeField(value, path);
  return isValidPercent(value).map((it) => invalid(path, new GoJson(goJson(value)), it));
}

/** IsNotMoreThan100Percent. */
export function validateNotMoreThan100Percent(value: IntOrString, path: Path): FieldErrors {
  const percent = percentOf(value);
  if (percent === undefined || percent <= 100) return [];
  return [invalid(path, new GoJson(goJson(value)), 'must not be greater than 100%')];
}

/** getIntOrPercentValue: the number before the percent sign, or the number itself. */
export function intOrPercentValue(value: IntOrString): number {
  if (typeof value === 'number') return value;
  return percentOf(value) ?? (/^[+-]?\d+$/.test(value) ? Number(value) : 0);
}

function percentOf(value: IntOrString): number | undefined {
  if (typeof value === 'number' || isValidPercent(value).length > 0) return undefined;
  return Number(value.slice(0, -1));
}
