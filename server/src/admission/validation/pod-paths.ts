/** Rules for paths inside pods, and for file modes (pkg/apis/core/validation/validation.go). */
import { invalid, Path, type FieldErrors } from './machinery/index.ts';

const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';

/** validateLocalDescendingPath: relative, and never upwards. */
export function validateLocalDescendingPath(target: string, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  if (target.startsWith('/')) errors.push(invalid(path, target, 'must be a relative path'));
  return [...errors, ...validatePathNoBacksteps(target, path)];
}

/** validatePathNoBacksteps: no `..` between slashes. */
export function validatePathNoBacksteps(target: string, path: Path): FieldErrors {
  return target.split('/').includes('..') ? [invalid(path, target, "must not contain '..'")] : [];
}

/** ValidateLocalNonReservedPath: as above, and no name that begins with `..`. */
export function validateLocalNonReservedPath(target: string, path: Path): FieldErrors {
  const errors = validateLocalDescendingPath(target, path);
  if (target.startsWith('..') && !target.startsWith('../')) {
    errors.push(invalid(path, target, "must not start with '..'"));
  }
  return errors;
}

/** The mode of a projected file. */
export function validateFileMode(mode: number | undefined, path: Path): FieldErrors {
  return mode !== undefined && (mode > 0o777 || mode < 0) ? [invalid(path, mode, MODE_TEXT)] : [];
}
