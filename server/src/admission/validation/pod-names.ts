/** Name rules as validation of pods applies them: one error a sentence, all at the same field. */
import {
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  required,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';

/** ValidateDNS1123Label. */
export function validateDNS1123Label(value: string, path: Path): FieldErrors {
  return isDNS1123Label(value).map((it) => invalid(path, value, it));
}

/** ValidateDNS1123Subdomain, which is also the rule for most objects' names. */
export function validateDNS1123Subdomain(value: string, path: Path): FieldErrors {
  return isDNS1123Subdomain(value).map((it) => invalid(path, value, it));
}

/** ValidateQualifiedName. */
export function validateQualifiedName(value: string, path: Path): FieldErrors {
  return isQualifiedName(value).map((it) => invalid(path, value, it));
}

/** An error where a text is missing or empty. */
export function requireText(value: string | undefined, path: Path, detail = ''): FieldErrors {
  return value === undefined || value === '' ? [required(path, detail)] : [];
}
