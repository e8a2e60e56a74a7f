/**
 * Claims and volumes are kept from deletion while in use, by a finalizer.
 * Upstream: plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go.
 */
import type { MutationPlugin } from '../admission-plugin.ts';
import { draftOf } from '../draft.ts';
import type { KubernetesObject } from '../../manifest/index.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: 'kubernetes.io/pvc-protection',
  PersistentVolume: 'kubernetes.io/pv-protection',
  VolumeAttributesClass: 'kubernetes.io/vac-protection',
};

export const storageObjectInUseProtection: MutationPlugin = {
  name: 'StorageObjectInUseProtection',
  kinds: Object.keys(FINALIZERS),
  upstream: { path: 'plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go' },
  admit(request) {
    const finalizer = Object.hasOwn(FINALIZERS, request.kind)
      ? FINALIZERS[request.kind]
      : undefined;
    if (finalizer === undefined) return undefined;
    const { metadata } = draftOf<KubernetesObject>(request);
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer];
    return undefined;
  },
};
