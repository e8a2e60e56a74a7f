import type { TextRange } from '../source/index.ts';
import type { FieldPath } from './field.ts';

/** Something wrong with a text, found before any object could be made of it. */
export interface Problem {
  /** Kebab-case, stable: `yaml-syntax`, `unknown-field`, `alias-limit`. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly range: TextRange;
  /** The field, where the text got far enough to have one. */
  readonly path?: FieldPath;
}

/** An error of the text itself. */
export function problemAt(code: string, message: string, range: TextRange): Problem {
  return { code, severity: 'error', message, range };
}
