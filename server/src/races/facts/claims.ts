/** Claims that a workload's pods mount, how they may be shared, and whether they are attached. */
import {
  each,
  field,
  type Citable,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { claimSharing, type ClaimSharing } from '../../workloads/index.ts';

/** A declared claim that all pods of a workload mount by name. */
export interface MountedClaim {
  readonly name: string;
  readonly claim: PersistentVolumeClaim;
  readonly sharing: ClaimSharing;
  /** A disk that one node has at a time; not a directory of a node or a share in the network. */
  readonly attached: boolean;
  /** Neither its class nor its volume is declared, so that it is a disk is a guess. */
  readonly attachmentAssumed: boolean;
  /** `claimName` of the volume. */
  readonly at: Citable;
}

/** Provisioners, classes and drivers of directories and network shares. */
const NOT_ATTACHED =
  /no-provisioner|local|host-?path|nfs|efs|azure-?file|filestore|cephfs|smb|cifs|gluster/i;

/** The declared claims that the pods name. */
export function mountedClaims(workload: WorkloadPrediction): readonly MountedClaim[] {
  const { pod, prediction, namespace } = workload;
  if (!pod) return [];
  const found: MountedClaim[] = [];
  for (const [volume, at] of each(field(pod).spec.volumes)) {
    const name = volume.persistentVolumeClaim?.claimName;
    const claim = name && prediction.snapshot.get('PersistentVolumeClaim', namespace, name);
    if (!name || !claim) continue;
    const attached = attachment(claim, workload);
    found.push({
      name,
      claim,
      sharing: claimSharing(claim),
      attached: attached !== 'no',
      attachmentAssumed: attached === 'assumed',
      at: at.persistentVolumeClaim.claimName,
    });
  }
  return found;
}

function attachment(
  { spec, metadata }: PersistentVolumeClaim,
  workload: WorkloadPrediction,
): 'yes' | 'assumed' | 'no' {
  const { snapshot } = workload.prediction;
  const className = spec?.storageClassName ?? '';
  const volumes = snapshot
    .list('PersistentVolume')
    .filter((it) =>
      spec?.volumeName
        ? it.metadata.name === spec.volumeName
        : it.spec?.claimRef?.name === metadata.name ||
          (it.spec?.storageClassName ?? '') === className,
    );
  if (volumes.length > 0) return volumes.every(isDisk) ? 'yes' : 'no';
  const provisioner = snapshot.get('StorageClass', '', className)?.provisioner;
  if (NOT_ATTACHED.test(`${className} ${provisioner ?? ''}`)) return 'no';
  return provisioner === undefined ? 'assumed' : 'yes';
}

function isDisk({ spec }: PersistentVolume): boolean {
  if (spec?.csi) return !NOT_ATTACHED.test(spec.csi.driver);
  return ['hostPath', 'local', 'nfs', 'cephfs', 'glusterfs', 'azureFile'].every(
    (it) => !Object.hasOwn(spec ?? {}, it),
  );
}
