/** Claims that a workload's pods mount, how they may be shared, and whether they are attached. */
import { each, field, type Citable, type PersistentVolumeClaim } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { attachmentOf, claimSharing, type ClaimSharing } from '../../workloads/index.ts';
import { hostPorts } from './host-ports.ts';

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

/** Something that two pods of the workload cannot have at once. */
export function needsRecreate(workload: WorkloadPrediction): boolean {
  const { pod } = workload;
  if (!pod) return true;
  const volumes = pod.spec.volumes ?? [];
  return (
    pod.spec.hostNetwork === true ||
    hostPorts(pod).length > 0 ||
    volumes.some((it) => it.hostPath) ||
    // A claim that nobody declares may be of any mode.
    volumes.some((it) => it.persistentVolumeClaim) ||
    mountedClaims(workload).length > 0
  );
}
