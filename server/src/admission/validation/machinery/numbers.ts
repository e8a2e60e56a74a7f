/**
 * Signs of numbers and quantities.
 * Follows staging/src/k8s.io/apimachinery/pkg/api/validation/generic.go and the helpers of
 * pkg/apis/core/validation/validation.go.
 */
import { parseQuantity, storedQuantity } from '../../../manifest/index.ts';
import { invalid, type FieldErrors } from './field-error.ts';
import type { Path } from './field-path.ts';

/** "must be greater than or equal to 0". */
export const NEGATIVE_TEXT = 'must be greater than or equal to 0';
/** "must be greater than zero". */
export const NOT_POSITIVE_TEXT = 'must be greater than zero';

/** ValidateNonnegativeField. */
export function validateNonnegativeField(value: number, path: Path): FieldErrors {
  return value < 0 ? [invalid(path, value, NEGATIVE_TEXT)] : [];
}

/** ValidateNonnegativeQuantity; a quantity that cannot be read was refused at decoding. */
export function validateNonnegativeQuantity(value: string | number, path: Path): FieldErrors {
  const quantity = parseQuantity(value);
  if (!quantity || quantity.nano >= 0n) return [];
  return [invalid(path, storedQuantity(String(value)), NEGATIVE_TEXT)];
}

/** ValidatePositiveQuantityValue. */
export function validatePositiveQuantity(value: string | number, path: Path): FieldErrors {
  const quantity = parseQuantity(value);
  if (!quantity || quantity.nano > 0n) return [];
  return [invalid(path, storedQuantity(String(value)), NOT_POSITIVE_TEXT)];
}
