/**
 * Whether a CSI driver that says how much it has left can provision a claim's volume for a node.
 * Follows hasEnoughCapacity in pkg/scheduler/framework/plugins/volumebinding/binder.go. As upstream
 * nothing is taken off for volumes that are still to be provisioned.
 */
import type { NodeFacts } from '../cluster/index.ts';
import {
  parseQuantity,
  selectorMatches,
  type CSIStorageCapacity,
  type PersistentVolumeClaim,
  type StorageClass,
} from '../manifest/index.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** Only a driver with `storageCapacity: true` is asked. */
export function hasEnoughCapacity(
  { cluster }: SchedulingSnapshot,
  claim: PersistentVolumeClaim,
  { metadata, provisioner }: StorageClass,
  node: NodeFacts,
): boolean {
  const wanted = nanoOf(claim.spec?.resources?.requests?.['storage']);
  const driver = cluster.get('CSIDriver', '', provisioner);
  if (wanted === undefined || driver?.spec?.storageCapacity !== true) return true;
  return cluster.list('CSIStorageCapacity').some((it) => {
    const limit = limitOf(it);
    return (
      it.storageClassName === metadata.name &&
      limit !== undefined &&
      limit >= wanted &&
      selectorMatches(it.nodeTopology, node.labels)
    );
  });
}

/** The largest volume is more precise than what is left in all. */
function limitOf({ maximumVolumeSize, capacity }: CSIStorageCapacity): bigint | undefined {
  return nanoOf(maximumVolumeSize ?? capacity);
}

function nanoOf(quantity: string | number | undefined): bigint | undefined {
  return quantity === undefined ? undefined : parseQuantity(quantity)?.nano;
}
