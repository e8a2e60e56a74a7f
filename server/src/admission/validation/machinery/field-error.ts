/**
 * One thing wrong with one field, and how the API server words it.
 * Follows staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go, and
 * NewInvalid of pkg/api/errors/errors.go for the message of all of them.
 */
import type { FieldPath } from '../../../manifest/index.ts';
import type { Refusal, StatusCause } from '../../admission-plugin.ts';
import type { Path } from './field-path.ts';
import { goJson, goNamed, goQuote } from './go-text.ts';

/** Upstream's ErrorType, which is the `reason` of a cause. */
export type FieldErrorType = keyof typeof WORDS;

const WORDS = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  InternalError: 'Internal error',
} as const;

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'FieldValueTooShort',
  'InternalError',
]);

/** Like upstream's field.Error. `field` is the text of the path, `path` its steps. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly path: FieldPath;
  /** The message without the field's name. */
  readonly body: string;
}

/** Where validation writes what it finds. */
export type FieldErrors = FieldError[];

function fieldError(
  type: FieldErrorType,
  path: Path | undefined,
  detail: string,
  badValue?: { readonly value: unknown },
): FieldError {
  let body: string = WORDS[type];
  if (badValue && !WITHOUT_VALUE.has(type)) body += `: ${printValue(badValue.value)}`;
  if (detail !== '') body += `: ${detail}`;
  return {
    type,
    get field() {
      return path ? path.toString() : '<nil>';
    },
    get path() {
      return path ? path.steps : [];
    },
    body,
  };
}

/** A value in a message: text as `%q`, everything else as JSON (a GoJson prints itself). */
function printValue(value: unknown): string {
  return typeof value === 'string' ? goQuote(value) : goJson(value);
}

/** A malformed value. */
export function invalid(path: Path | undefined, value: unknown, detail: string): FieldError {
  return fieldError('FieldValueInvalid', path, detail, { value });
}

/** A malformed value that the message leaves out. */
export function invalidOmitted(path: Path, detail: string): FieldError {
  return fieldError('FieldValueInvalid', path, detail);
}

/** Nothing where something must be. */
export function required(path: Path, detail: string): FieldError {
  return fieldError('FieldValueRequired', path, detail);
}

/** A value that another one already has. */
export function duplicate(path: Path, value: unknown): FieldError {
  return fieldError('FieldValueDuplicate', path, '', { value });
}

/** A reference to what is not there. */
export function notFound(path: Path, value: unknown): FieldError {
  return fieldError('FieldValueNotFound', path, '', { value });
}

/**
 * None of the values an enumerated field may have, listed in upstream's order. Go has types of
 * their own for nearly all of these fields.
 */
export function notSupported(path: Path, value: unknown, supported: readonly string[]): FieldError {
  const named = typeof value === 'string' ? goNamed(value) : value;
  return notSupportedText(path, named, supported);
}

/** The same where Go has a mere text. */
export function notSupportedText(
  path: Path,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const list = supported.map((it) => goQuote(it)).join(', ');
  const detail = supported.length > 0 ? `supported values: ${list}` : '';
  return fieldError('FieldValueNotSupported', path, detail, { value });
}

/** A well-formed value that may not be here. */
export function forbidden(path: Path, detail: string): FieldError {
  return fieldError('FieldValueForbidden', path, detail);
}

/** More bytes than allowed. */
export function tooLong(path: Path, maxLength: number): FieldError {
  const unit = maxLength === 1 ? 'byte' : 'bytes';
  const detail = maxLength >= 0 ? `may not be more than ${maxLength} ${unit}` : 'value is too long';
  return fieldError('FieldValueTooLong', path, detail);
}

/** More items than allowed. */
export function tooMany(path: Path, actual: number, max: number): FieldError {
  const unit = max === 1 ? 'item' : 'items';
  const detail = max >= 0 ? `must have at most ${max} ${unit}` : 'has too many items';
  return fieldError('FieldValueTooMany', path, detail, actual >= 0 ? { value: actual } : undefined);
}

/** Fewer items than required. */
export function tooFew(path: Path, actual: number, min: number): FieldError {
  const unit = min === 1 ? 'item' : 'items';
  const detail = min >= 0 ? `must have at least ${min} ${unit}` : 'has too few items';
  return fieldError('FieldValueTooFew', path, detail, { value: actual });
}

/** The whole text of one error: `spec.x: Invalid value: 1: must be …`. */
export function errorText(error: FieldError): string {
  return `${error.field}: ${error.body}`;
}

/** An error as a cause of a Status. */
export function toCause(error: FieldError): StatusCause {
  return { reason: error.type, message: error.body, field: error.field };
}

/** Several errors as one text, as errors.Aggregate joins them: the same text is said once. */
export function aggregateText(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  const [only] = unique;
  return unique.length === 1 && only !== undefined ? only : `[${unique.join(', ')}]`;
}

/** The refusal 422 of an object. `groupKind` as in `Deployment.apps`; `Pod` in the core group. */
export function newInvalid(
  groupKind: string,
  name: string,
  errors: readonly FieldError[],
): Refusal {
  const head = `${groupKind} ${goQuote(name)} is invalid`;
  const message =
    errors.length === 0 ? head : `${head}: ${aggregateText(errors.map((it) => errorText(it)))}`;
  return {
    code: 422,
    reason: 'Invalid',
    message,
    causes: errors.map((it) => toCause(it)),
    places: errors.map((it) => it.path),
  };
}
