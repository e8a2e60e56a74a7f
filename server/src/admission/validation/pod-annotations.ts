/**
 * Annotations that say something about a pod: mirror pods, deletion cost, seccomp and AppArmor.
 * Follows ValidatePodSpecificAnnotations, validateSeccompAnnotationsAndFields and
 * validateAppArmorAnnotationsAndFieldsMatchOnCreate of pkg/apis/core/validation/validation.go.
 * Left out: tolerations in an annotation (`scheduler.alpha.kubernetes.io/tolerations`).
 */
import type { Container, PodSpec } from './pod-written.ts';
import { forbidden, goQuote, invalid, type FieldErrors, type Path } from './machinery/index.ts';
import { validateLocalDescendingPath } from './pod-paths.ts';
import { containersWithPath } from './pod-visit.ts';
import { append } from './pod-append.ts';

/** Annotations as metadata has them. */
export type Annotations = Readonly<Record<string, string>>;
type Profile = NonNullable<NonNullable<Container['securityContext']>['seccompProfile']>;

/** A static pod as the kubelet shows it to the API server. */
export const MIRROR = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
/** Seccomp of the whole pod, before there was a field. */
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
/** Seccomp of one container; its name follows. */
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
/** AppArmor of one container; its name follows. */
export const APP_ARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/';

/** The annotations of a Pod or template. */
export function validatePodAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && (spec.nodeName ?? '') === '') {
    const text = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalid(path.key(MIRROR), mirror, text));
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost)) {
    errors.push(invalid(path.key(DELETION_COST), cost, 'must be a 32bit integer'));
  }
  const pod = annotations[SECCOMP_POD];
  if (pod !== undefined) append(errors, validateSeccomp(pod, path.child(SECCOMP_POD)));
  for (const [key, profile] of Object.entries(annotations)) {
    if (key.startsWith(SECCOMP_CONTAINER)) {
      append(errors, validateSeccomp(profile, path.child(key)));
    }
  }
  return [...errors, ...validateAppArmor(annotations, spec, path)];
}

/** A 32-bit integer without a plus sign; zeros may lead only where it is negative. */
function isDeletionCost(cost: string): boolean {
  if (!/^(?:0|[1-9]\d*|-\d+)$/.test(cost)) return false;
  return Number(cost) >= -2147483648 && Number(cost) <= 2147483647;
}

function validateSeccomp(profile: string, path: Path): FieldErrors {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  if (profile.startsWith('localhost/')) {
    return validateLocalDescendingPath(profile.slice('localhost/'.length), path);
  }
  return [invalid(path, profile, 'must be a valid seccomp profile')];
}

function validateAppArmor(annotations: Annotations, spec: PodSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const names = new Set(containersWithPath(spec, path).map((it) => it.container.name));
  for (const [key, profile] of Object.entries(annotations)) {
    if (!key.startsWith(APP_ARMOR_CONTAINER)) continue;
    const name = key.slice(APP_ARMOR_CONTAINER.length);
    if (!names.has(name)) {
      errors.push(invalid(path.key(key), name, 'container not found'));
    }
    const known = ['', 'runtime/default', 'unconfined'].includes(profile);
    if (known || profile.startsWith('localhost/')) continue;
    const text = `invalid AppArmor profile name: ${goQuote(profile)}`;
    errors.push(invalid(path.key(key), profile, text));
  }
  return errors;
}

/** Where seccomp is both annotated and a field, they must say the same. */
export function validateSeccompMatch(
  annotations: Annotations,
  spec: PodSpec,
  path: Path,
): FieldErrors {
  const errors = validateMatch(
    annotations[SECCOMP_POD],
    spec.securityContext?.seccompProfile,
    path.child('securityContext', 'seccompProfile'),
    'seccomp',
  );
  for (const { container, at } of containersWithPath(spec, path)) {
    const profile = container.securityContext?.seccompProfile;
    const annotation = annotations[SECCOMP_CONTAINER + (container.name ?? '')];
    const where = at.child('securityContext', 'seccompProfile');
    append(errors, validateMatch(annotation, profile, where, 'seccomp'));
  }
  return errors;
}

/** The same for AppArmor, where the pod's profile stands for containers without one. */
export function validateAppArmorMatch(
  annotations: Annotations,
  spec: PodSpec,
  path: Path,
): FieldErrors {
  if (spec.os?.name === 'windows') return [];
  const podProfile = spec.securityContext?.appArmorProfile;
  return containersWithPath(spec, path).flatMap(({ container, at }) =>
    validateMatch(
      annotations[APP_ARMOR_CONTAINER + (container.name ?? '')],
      container.securityContext?.appArmorProfile ?? podProfile,
      at.child('securityContext', 'appArmorProfile'),
      'apparmor',
    ),
  );
}

function validateMatch(
  annotation: string | undefined,
  profile: Profile | undefined,
  path: Path,
  what: 'seccomp' | 'apparmor',
): FieldErrors {
  if (annotation === undefined || !profile) return [];
  const wrongType = [
    forbidden(path.child('type'), `${what} type in annotation and field must match`),
  ];
  switch (profile.type as string) {
    case 'Unconfined':
      return annotation === 'unconfined' ? [] : wrongType;
    case 'RuntimeDefault': {
      const docker = what === 'seccomp' && annotation === 'docker/default';
      return annotation === 'runtime/default' || docker ? [] : wrongType;
    }
    case 'Localhost': {
      if (!annotation.startsWith('localhost/')) return wrongType;
      if (annotation.slice('localhost/'.length) === profile.localhostProfile) return [];
      const text = `${what} profile in annotation and field must match`;
      return [forbidden(path.child('localhostProfile'), text)];
    }
    default:
      return [];
  }
}
