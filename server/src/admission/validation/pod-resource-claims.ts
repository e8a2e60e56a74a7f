/**
 * Claims of dynamic resource allocation: those of the pod, and the containers' use of them.
 * Follows validatePodResourceClaims and validateResourceClaimNames of
 * pkg/apis/core/validation/validation.go.
 */
import type { Container, PodSpec } from './pod-written.ts';
import {
  duplicate,
  forbidden,
  go,
  goStruct,
  goValue,
  invalid,
  notFound,
  Path,
  required,
  type FieldErrors,
} from './machinery/index.ts';
import { validateDNS1123Label, validateDNS1123Subdomain } from './pod-names.ts';
import { append } from './pod-append.ts';

type PodClaim = NonNullable<PodSpec['resourceClaims']>[number];
type ContainerClaim = NonNullable<NonNullable<Container['resources']>['claims']>[number];

const printPodClaim = goStruct({
  Name: ['name', go.string],
  ResourceClaimName: ['resourceClaimName', go.pointer()],
  ResourceClaimTemplateName: ['resourceClaimTemplateName', go.pointer()],
});

/** `spec.resourceClaims`. */
export function validatePodResourceClaims(
  claims: readonly PodClaim[],
  path: Path,
  isMirror = false,
): FieldErrors {
  if (isMirror) {
    return claims.map(() => forbidden(Path.of(), 'static pods do not support resource claims'));
  }
  const names = new Set<string>();
  return claims.flatMap((claim, i) => validatePodClaim(claim, names, path.index(i)));
}

function validatePodClaim(claim: PodClaim, names: Set<string>, path: Path): FieldErrors {
  const { name = '', resourceClaimName: direct, resourceClaimTemplateName: template } = claim;
  const errors: FieldErrors = [];
  if (name === '') errors.push(required(path.child('name'), ''));
  else if (names.has(name)) errors.push(duplicate(path.child('name'), name));
  else {
    append(errors, validateDNS1123Label(name, path.child('name')));
    names.add(name);
  }
  if (direct !== undefined && template !== undefined) {
    const text =
      'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
    errors.push(invalid(path, goValue(printPodClaim, claim), text));
  }
  if (direct === undefined && template === undefined) {
    const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    errors.push(invalid(path, goValue(printPodClaim, claim), text));
  }
  if (direct !== undefined) {
    append(errors, validateDNS1123Subdomain(direct, path.child('resourceClaimName')));
  }
  if (template !== undefined) {
    append(errors, validateDNS1123Subdomain(template, path.child('resourceClaimTemplateName')));
  }
  return errors;
}

/** `resources.claims` of one container: each must be a claim of the pod, and named once. */
export function validateResourceClaimNames(
  claims: readonly ContainerClaim[],
  podClaimNames: readonly string[],
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const used = new Set<string>();
  for (const [i, { name = '', request = '' }] of claims.entries()) {
    const at = path.index(i);
    if (name === '') {
      errors.push(required(at, ''));
      continue;
    }
    append(errors, validateClaimUse(name, request, used, at));
    if (podClaimNames.includes(name)) continue;
    const names = podClaimNames.length === 0 ? ' which is empty' : `: ${podClaimNames.join(', ')}`;
    const error = notFound(at, name);
    const text = `must be one of the names in pod.spec.resourceClaims${names}`;
    errors.push({ ...error, field: error.field, path: error.path, body: `${error.body}: ${text}` });
  }
  return errors;
}

function validateClaimUse(
  name: string,
  request: string,
  used: Set<string>,
  path: Path,
): FieldErrors {
  // The whole claim stands for each of its requests.
  if (used.has(name)) return [duplicate(path, name)];
  const errors: FieldErrors = [];
  const key = request === '' ? name : `${name}/${request}`;
  if (request !== '') append(errors, validateDNS1123Label(request, path.child('request')));
  if (used.has(key)) errors.push(duplicate(path, key));
  else if (request === '') {
    for (const it of used) if (it.startsWith(`${name}/`)) errors.push(duplicate(path, name));
  }
  used.add(key);
  return errors;
}
