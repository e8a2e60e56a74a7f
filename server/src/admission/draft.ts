/**
 * The object of a request as plugins change it: the same types, assignable.
 */
import type { KubernetesObject, Pod, PodSpec } from '../manifest/index.ts';
import type { AdmissionRequest } from './admission-plugin.ts';

/** The same shape, all of it assignable. */
export type Mutable<T> = T extends readonly (infer U)[]
  ? Mutable<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;

/** A Pod on its way through admission. */
export type PodDraft = Mutable<Pod>;
/** One container of such a Pod. */
export type ContainerDraft = Mutable<PodSpec['containers'][number]>;
/** Amounts by resource name. */
export type ResourceList = Record<string, string | number>;

/** The request's object, to be changed in place. */
export function draftOf<T extends object>(request: AdmissionRequest): Mutable<T> {
  return request.object as unknown as Mutable<T>;
}

/** The Pod of a request; undefined where it has no spec, as a broken object may. */
export function podDraftOf(request: AdmissionRequest): PodDraft | undefined {
  if (request.kind !== 'Pod') return undefined;
  const pod = request.object as unknown as PodDraft & { spec?: PodDraft['spec'] };
  if (pod.spec === undefined || pod.spec === null || typeof pod.spec !== 'object') return undefined;
  // Plugins run before validation; a missing list is refused there as an empty one is.
  pod.spec.containers ??= [];
  return pod;
}

/** The pod template of a workload, or the Pod itself: what PodSecurity and quotas look at. */
export function podTemplateOf(
  object: KubernetesObject,
): { readonly metadata?: Pod['metadata']; readonly spec?: PodSpec } | undefined {
  const { kind, spec } = object as { kind?: string; spec?: Record<string, unknown> };
  if (!spec) return undefined;
  switch (kind) {
    case 'Pod':
      return object;
    case 'CronJob': {
      const job = spec['jobTemplate'] as { spec?: { template?: Pod } } | undefined;
      return job?.spec?.template;
    }
    case 'Deployment':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return spec['template'] as Pod | undefined;
    default:
      return undefined;
  }
}
