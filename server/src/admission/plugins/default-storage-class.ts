/**
 * A claim that names no StorageClass gets the default one.
 * Upstream: plugin/pkg/admission/storage/storageclass/setdefault/admission.go.
 */
import type { PersistentVolumeClaim, StorageClass } from '../../manifest/index.ts';
import type { MutationPlugin } from '../admission-plugin.ts';
import { listDeclared } from '../declared.ts';
import { newestMarkedDefault } from '../default-object.ts';
import { draftOf } from '../draft.ts';

const IS_DEFAULT = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

export const defaultStorageClass: MutationPlugin = {
  name: 'DefaultStorageClass',
  kinds: ['PersistentVolumeClaim'],
  upstream: { path: 'plugin/pkg/admission/storage/storageclass/setdefault/admission.go' },
  admit(request) {
    if (request.kind !== 'PersistentVolumeClaim') return undefined;
    const claim = draftOf<PersistentVolumeClaim>(request);
    const named =
      typeof claim.spec?.storageClassName === 'string' ||
      claim.metadata.annotations?.[BETA_CLASS] !== undefined;
    if (!claim.spec || named) return undefined;
    const classes: readonly StorageClass[] = listDeclared(request.snapshot, 'StorageClass');
    const chosen = newestMarkedDefault(classes, IS_DEFAULT);
    if (chosen) claim.spec.storageClassName = chosen.metadata.name;
    return undefined;
  },
};
