import type { KubernetesObject } from '../manifest/index.ts';

/** Kinds that live outside namespaces. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'Node',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'CSINode',
  'CSIDriver',
  'VolumeAttachment',
  'PriorityClass',
  'RuntimeClass',
  'IngressClass',
  'DeviceClass',
  'ResourceSlice',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
]);

/** Kind, namespace and name as one value: `Pod/default/web`, `Node//node-a`. */
export type ObjectKey = `${string}/${string}/${string}`;

/** Whether objects of the kind live outside namespaces. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind);
}

/** The namespace an object lives in: its own, `default` where none is written, empty where the kind has none. */
export function namespaceOf(object: KubernetesObject): string {
  if (isClusterScoped(object.kind ?? '')) return '';
  return object.metadata.namespace || 'default';
}

export function objectKey(kind: string, namespace: string, name: string): ObjectKey {
  return `${kind}/${namespace}/${name}`;
}

export function keyOfObject(object: KubernetesObject): ObjectKey {
  return objectKey(object.kind ?? '', namespaceOf(object), object.metadata.name);
}
