/**
 * Claims of a declared world, which nobody has bound yet: what the volume controller and the
 * provisioners will make of them is taken as done, for a pod waits for that and no longer.
 * Claims with a status are as the status says, and nothing here touches them.
 * Follows pkg/controller/volume/persistentvolume/pv_controller.go (syncUnboundClaim).
 */
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../manifest/index.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';
import {
  classNameOf,
  isFullyBound,
  NO_PROVISIONER,
  pickVolume,
  volumeCandidates,
} from './volumes.ts';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** What becomes of a claim. */
export type ClaimState =
  /** Bound to a volume, of which there may be none of that name. */
  | { readonly kind: 'bound'; readonly volume: PersistentVolume | undefined }
  /** A volume will be made that reaches any node. */
  | { readonly kind: 'provisioned' }
  /** It waits until a pod is placed. */
  | { readonly kind: 'delayed'; readonly storageClass: StorageClass }
  | { readonly kind: 'unbound' };

/** The state of a claim once the volume controller has looked at it. */
export function claimState(snapshot: SchedulingSnapshot, claim: PersistentVolumeClaim): ClaimState {
  const { cluster } = snapshot;
  const volumeName = claim.spec?.volumeName;
  const named = volumeName ? cluster.get('PersistentVolume', '', volumeName) : undefined;
  if (isFullyBound(claim)) return { kind: 'bound', volume: named };
  const storageClass = classOf(snapshot, claim);
  if (!volumeName && storageClass?.volumeBindingMode === 'WaitForFirstConsumer') {
    return { kind: 'delayed', storageClass };
  }
  if (claim.status?.phase !== undefined) return { kind: 'unbound' };
  const volume = volumeName
    ? named
    : pickVolume(volumeCandidates(snapshot, claim), undefined, new Set());
  if (volume) return { kind: 'bound', volume };
  if (volumeName) return { kind: 'unbound' };
  // A class that is not declared is one of the cluster's own, and those provision.
  const provisions = storageClass
    ? Boolean(storageClass.provisioner) && storageClass.provisioner !== NO_PROVISIONER
    : claim.spec?.storageClassName !== '';
  return { kind: provisions ? 'provisioned' : 'unbound' };
}

/** The claim's class; the default one for a claim without a status that names none. */
function classOf(
  { cluster }: SchedulingSnapshot,
  claim: PersistentVolumeClaim,
): StorageClass | undefined {
  const name = classNameOf(claim);
  if (name) return cluster.get('StorageClass', '', name);
  if (claim.spec?.storageClassName === '' || claim.status?.phase !== undefined) return undefined;
  return cluster
    .list('StorageClass')
    .find((it) => it.metadata.annotations?.[DEFAULT_CLASS] === 'true');
}
