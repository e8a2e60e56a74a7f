/** Claims that a workload's pods mount, how they may be shared, and whether they are attached. */
import { each, field, type Citable, type PersistentVolumeClaim } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { attachmentOf, claimSharing, type ClaimSharing } from '../../workloads/index.ts';

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

/** The declared claims that the pods name. */
export function mountedClaims(workload: WorkloadPrediction): readonly MountedClaim[] {
  const { pod, prediction, namespace } = workload;
  if (!pod) return [];
  const found: MountedClaim[] = [];
  for (const [volume, at] of each(field(pod).spec.volumes)) {
    const name = volume.persistentVolumeClaim?.claimName;
    const claim = name && prediction.snapshot.get('PersistentVolumeClaim', namespace, name);
    if (!name || !claim) continue;
    const attached = attachmentOf(claim, prediction.snapshot);
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
