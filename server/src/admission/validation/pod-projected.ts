/**
 * Projected volumes.
 * Follows validateProjectionSources of pkg/apis/core/validation/validation.go. Left out: the source
 * podCertificate, whose feature gate is off by default (the server drops it before validation).
 */
import type { Volume } from './pod-written.ts';
import {
  forbidden,
  go,
  goStruct,
  goValue,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  required,
  validateLabelSelector,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { requireText } from './pod-names.ts';
import { validateFileMode, validateLocalNonReservedPath } from './pod-paths.ts';
import { validateDownwardFile, validateKeyToPath } from './pod-volume-files.ts';
import { append } from './pod-append.ts';

type Projected = NonNullable<Volume['projected']>;
type Projection = NonNullable<Projected['sources']>[number];
type Token = NonNullable<Projection['serviceAccountToken']>;
type TrustBundle = NonNullable<Projection['clusterTrustBundle']>;

const CONFLICT_TEXT = 'conflicting duplicate paths';
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

const printTrustBundle = goStruct({
  Name: ['name', go.pointer()],
  SignerName: ['signerName', go.pointer()],
  LabelSelector: ['labelSelector', go.pointer()],
  Optional: ['optional', go.pointer()],
  Path: ['path', go.string],
});

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
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
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
  if (clusterTrustBundle) {
    append(errors, validateTrustBundle(clusterTrustBundle, at.child('clusterTrustBundle')));
    const file = clusterTrustBundle.path ?? '';
    if (paths.has(file)) errors.push(invalid(path, file, CONFLICT_TEXT));
    paths.add(file);
  }
  const kinds = [secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle];
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

function validateTrustBundle(bundle: TrustBundle, path: Path): FieldErrors {
  const { name, signerName, labelSelector, path: file = '' } = bundle;
  const errors: FieldErrors = [];
  if (name !== undefined && signerName !== undefined) {
    const text = 'only one of name and signerName may be used';
    errors.push(invalid(path, goValue(printTrustBundle, bundle), text));
  } else if (name !== undefined) {
    append(errors, validateBundleName(name, path.child('name')));
    if (labelSelector) {
      const text = 'labelSelector must be unset if name is specified';
      errors.push(invalid(path.child('labelSelector'), labelSelector, text));
    }
  } else if (signerName !== undefined) {
    append(
      errors,
      requireText(signerName, path.child('signerName'), 'must be a valid signer name'),
    );
    append(errors, validateSignerName(signerName, path.child('signerName')));
    append(errors, validateLabelSelector(labelSelector, path.child('labelSelector')));
  } else errors.push(required(path, 'either name or signerName must be specified'));
  append(errors, requireText(file, path.child('path')));
  return [...errors, ...validateLocalNonReservedPath(file, path.child('path'))];
}

/** ValidateClusterTrustBundleName, with the signer's name as a prefix or without. */
function validateBundleName(name: string, path: Path): FieldErrors {
  const errors = requireText(name, path, 'must be a valid object name');
  const colon = name.lastIndexOf(':');
  const own = name.slice(colon + 1);
  for (const it of isDNS1123Subdomain(own)) {
    errors.push(invalid(path, name, `not a valid clustertrustbundlename: ${it}`));
  }
  return errors;
}

/** ValidateSignerName: a domain, a slash, and a path of labels. */
function validateSignerName(signerName: string, path: Path): FieldErrors {
  if (signerName === '') return [required(path, '')];
  const segments = signerName.split('/');
  if (segments.length !== 2) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(path, signerName, text)];
  }
  const [domain = '', name = ''] = segments;
  const errors = isDNS1123Subdomain(domain).map((it) =>
    invalid(path, domain, `validating label "${domain}": ${it}`),
  );
  if (domain.split('.').length < 2) {
    errors.push(
      invalid(path, domain, 'should be a domain with at least two segments separated by dots'),
    );
  }
  for (const label of name.split('.')) {
    for (const it of isDNS1123Label(label)) {
      errors.push(invalid(path, name, `validating label "${label}": ${it}`));
    }
  }
  return errors;
}
