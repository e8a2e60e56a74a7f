/**
 * Projected volumes.
 * Follows validateProjectionSources of pkg/apis/core/validation/validation.go. Left out: the sources
 * clusterTrustBundle and podCertificate, whose feature gates are off by default (the server drops
 * them before validation).
 */
import type { Volume } from './pod-written.ts';
import { forbidden, invalid, required, type FieldErrors, type Path } from './machinery/index.ts';
import { requireText } from './pod-names.ts';
import { validateFileMode, validateLocalNonReservedPath } from './pod-paths.ts';
import { validateDownwardFile, validateKeyToPath } from './pod-volume-files.ts';
import { append } from './pod-append.ts';

type Projected = NonNullable<Volume['projected']>;
type Projection = NonNullable<Projected['sources']>[number];
type Token = NonNullable<Projection['serviceAccountToken']>;

const CONFLICT_TEXT = 'conflicting duplicate paths';
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** `projected` of a volume. */
export function validateProjected(projected: Projected, path: Path): FieldErrors {
  const errors = validateFileMode(projected.defaultMode, path.child('defaultMode'));
  const paths = new Set<string>();
  for (const [i, source] of (projected.sources ?? []).entries()) {
    append(errors, validateProjection(source, paths, path, path.child('sources').index(i)));
  }
  return errors;
}

function validateProjection(
  source: Projection,
  paths: Set<string>,
  path: Path,
  at: Path,
): FieldErrors {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  const errors: FieldErrors = [];
  for (const [name, keys] of [
    ['secret', secret],
    ['configMap', configMap],
  ] as const) {
    if (!keys) continue;
    append(errors, requireText(keys.name, at.child(name, 'name')));
    for (const [i, item] of (keys.items ?? []).entries()) {
      append(errors, validateKeyToPath(item, at.child(name, 'items').index(i)));
      append(errors, takePath(item.path ?? '', paths, path, keys.name ?? ''));
    }
  }
  for (const file of downwardAPI?.items ?? []) {
    append(errors, validateDownwardFile(file, at.child('downwardAPI')));
    append(errors, takePath(file.path ?? '', paths, path, file.path ?? ''));
  }
  if (serviceAccountToken) {
    append(errors, validateToken(serviceAccountToken, path, at.child('serviceAccountToken')));
  }
  const kinds = [secret, configMap, downwardAPI, serviceAccountToken];
  if (kinds.filter((it) => it !== undefined).length > 1) {
    errors.push(forbidden(at, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function takePath(file: string, paths: Set<string>, path: Path, value: string): FieldErrors {
  if (file === '') return [];
  if (paths.has(file)) return [invalid(path, value, CONFLICT_TEXT)];
  paths.add(file);
  return [];
}

function validateToken(token: Token, path: Path, at: Path): FieldErrors {
  const { expirationSeconds: seconds = 0, path: file = '' } = token;
  const errors: FieldErrors = [];
  if (seconds < MIN_TOKEN_SECONDS) {
    const text = 'may not specify a duration less than 10 minutes';
    errors.push(invalid(at.child('expirationSeconds'), seconds, text));
  }
  if (seconds > MAX_TOKEN_SECONDS) {
    const text = 'may not specify a duration larger than 2^32 seconds';
    errors.push(invalid(at.child('expirationSeconds'), seconds, text));
  }
  // The path of a token is reported at the volume, as upstream does.
  if (file === '') return [...errors, required(path.child('path'), '')];
  return [...errors, ...validateLocalNonReservedPath(file, path.child('path'))];
}
