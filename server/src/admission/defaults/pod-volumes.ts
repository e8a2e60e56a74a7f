/**
 * The defaults of a volume.
 * Follows SetDefaults_Volume and its like in pkg/apis/core/v1/defaults.go, and what the types of
 * the old volume plugins declare (zz_generated.defaults.go).
 */
import type { Volume } from '../../manifest/index.ts';
import type { Mutable } from '../draft.ts';
import {
  defaultPullPolicy,
  roundResourceList,
  setDivisorDefault,
  setFieldRefDefaults,
} from './pod-shared.ts';

const DEFAULT_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** Fills in what a volume leaves out; one without any source becomes an emptyDir. */
export function setVolumeDefaults(volume: Mutable<Volume>): void {
  if (!Object.entries(volume).some(([name, it]) => name !== 'name' && it !== undefined)) {
    volume.emptyDir = {};
  }
  if (volume.image && ((volume.image.pullPolicy as string | undefined) ?? '') === '') {
    volume.image.pullPolicy = defaultPullPolicy(volume.image.reference ?? '');
  }
  if (volume.hostPath) volume.hostPath.type ??= '' as NonNullable<typeof volume.hostPath.type>;
  if (volume.secret) volume.secret.defaultMode ??= DEFAULT_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= DEFAULT_MODE;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= DEFAULT_MODE;
    for (const item of volume.downwardAPI.items ?? []) setFileDefaults(item);
  }
  setProjectedDefaults(volume);
  setClaimTemplateDefaults(volume);
  setPluginDefaults(volume);
}

type DownwardFile = NonNullable<NonNullable<Mutable<Volume>['downwardAPI']>['items']>[number];

function setFileDefaults(item: DownwardFile): void {
  setFieldRefDefaults(item.fieldRef);
  setDivisorDefault(item.resourceFieldRef);
}

function setProjectedDefaults({ projected }: Mutable<Volume>): void {
  if (!projected) return;
  projected.defaultMode ??= DEFAULT_MODE;
  for (const source of projected.sources ?? []) {
    for (const item of source.downwardAPI?.items ?? []) setFileDefaults(item);
    if (source.serviceAccountToken) {
      source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    }
  }
}

function setClaimTemplateDefaults({ ephemeral }: Mutable<Volume>): void {
  const template = ephemeral?.volumeClaimTemplate;
  if (!template) return;
  template.metadata ??= {};
  const spec = (template.spec ??= {} as NonNullable<typeof template.spec>);
  spec.resources ??= {};
  spec.volumeMode ??= 'Filesystem' as NonNullable<typeof spec.volumeMode>;
  roundResourceList(spec.resources?.limits);
  roundResourceList(spec.resources?.requests);
}

function setPluginDefaults({ iscsi, rbd, azureDisk, scaleIO }: Mutable<Volume>): void {
  if (iscsi) iscsi.iscsiInterface = iscsi.iscsiInterface || 'default';
  if (rbd) {
    rbd.pool = rbd.pool || 'rbd';
    rbd.user = rbd.user || 'admin';
    rbd.keyring = rbd.keyring || '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite' as NonNullable<typeof azureDisk.cachingMode>;
    azureDisk.kind ??= 'Shared' as NonNullable<typeof azureDisk.kind>;
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode = scaleIO.storageMode || 'ThinProvisioned';
    scaleIO.fsType = scaleIO.fsType || 'xfs';
  }
}
