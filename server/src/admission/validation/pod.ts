/**
 * A Pod at its creation, and the templates that Pods are made of.
 * Follows ValidatePodCreate and ValidatePodTemplateSpec of pkg/apis/core/validation/validation.go
 * with the default feature gates of v1.36.2.
 */
import type { Pod, PodTemplateSpec } from '../../manifest/index.ts';
import type { PodSpec } from './pod-written.ts';
import {
  forbidden,
  nameIsDNSSubdomain,
  Path,
  validateAnnotations,
  validateKubeObjectMeta,
  validateLabels,
  type FieldErrors,
} from './machinery/index.ts';
import {
  MIRROR,
  validateAppArmorMatch,
  validatePodAnnotations,
  validateSeccompMatch,
} from './pod-annotations.ts';
import { validateContainersOnlyForPod } from './pod-containers.ts';
import type { PodValidationOptions } from './pod-context.ts';
import { validatePodSpec } from './pod-spec.ts';
import { append } from './pod-append.ts';

/** What is wrong with a defaulted Pod, in the API server's order. */
export function validatePodCreate(pod: Pod): FieldErrors {
  const metadata = Path.of('metadata');
  const path = Path.of('spec');
  const spec: PodSpec = pod.spec ?? {};
  const meta = pod.metadata ?? {};
  const annotations = meta.annotations ?? {};
  const isMirror = annotations[MIRROR] !== undefined;
  const errors = [
    ...validateKubeObjectMeta(meta, true, nameIsDNSSubdomain, metadata),
    ...validatePodAnnotations(annotations, spec, metadata.child('annotations')),
    ...validatePodSpec(spec, meta.name ?? '', path, { resourceIsPod: true, isMirror }),
    ...validateTokenVolumes(spec, path),
    ...validateContainersOnlyForPod(spec.containers ?? [], path.child('containers')),
    ...validateContainersOnlyForPod(spec.initContainers ?? [], path.child('initContainers')),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden(path.child('ephemeralContainers'), 'cannot be set on create'));
  }
  if ((spec.nodeName ?? '') !== '' && (spec.schedulingGates ?? []).length > 0) {
    const text = 'cannot be set until all schedulingGates have been cleared';
    errors.push(forbidden(path.child('nodeName'), text));
  }
  append(errors, validateSeccompMatch(annotations, spec, path));
  return [...errors, ...validateAppArmorMatch(annotations, spec, path)];
}

/** A token needs a service account, which the ServiceAccount plugin sets where it runs. */
function validateTokenVolumes(spec: PodSpec, path: Path): FieldErrors {
  if ((spec.serviceAccountName ?? '') !== '') return [];
  const errors: FieldErrors = [];
  for (const [i, { projected }] of (spec.volumes ?? []).entries()) {
    for (const [j, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (!serviceAccountToken) continue;
      const at = path.child('volumes').index(i).child('projected', 'sources').index(j);
      const text = 'must not be specified when serviceAccountName is not set';
      errors.push(forbidden(at.child('serviceAccountToken'), text));
    }
  }
  return errors;
}

/** What is wrong with a defaulted pod template; `path` is where it stands in its workload. */
export function validatePodTemplateSpec(
  template: PodTemplateSpec,
  path: Path,
  options: Pick<PodValidationOptions, 'ignoresHostname'> = {},
): FieldErrors {
  const annotations = template.metadata?.annotations ?? {};
  const spec: PodSpec = template.spec ?? {};
  const at = path.child('spec');
  // Upstream leaves `metadata` out of these paths.
  const annotationsPath = path.child('annotations');
  const errors = [
    ...validateLabels(template.metadata?.labels, path.child('labels')),
    ...validateAnnotations(annotations, annotationsPath),
    ...validatePodAnnotations(annotations, spec, annotationsPath),
    ...validatePodSpec(spec, '', at, { ...options, resourceIsPod: false }),
    ...validateSeccompMatch(annotations, spec, at),
    ...validateAppArmorMatch(annotations, spec, at),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    const text = 'ephemeral containers not allowed in pod template';
    errors.push(forbidden(at.child('ephemeralContainers'), text));
  }
  return errors;
}
