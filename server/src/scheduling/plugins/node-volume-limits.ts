/** Keeps a pod off nodes whose CSI driver cannot attach as many volumes as it would need. */
import type { PodInfo } from '../../cluster/index.ts';
import { field } from '../../manifest/index.ts';
import {
  SKIP,
  SUCCESS,
  unschedulable,
  type FilterPlugin,
  type PreFilterPlugin,
} from '../framework.ts';
import type { SchedulingSnapshot } from '../scheduling-snapshot.ts';
import { claimOf, claimVolumes, classNameOf } from '../volumes.ts';

interface LimitState {
  readonly snapshot: SchedulingSnapshot;
  /** The pod's volumes: a name that tells volumes apart, and the driver of each. */
  readonly wanted: ReadonlyMap<string, string>;
}

export const nodeVolumeLimits = {
  name: 'NodeVolumeLimits',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/nodevolumelimits/csi.go',
    omits: ['in-tree volumes that are migrated to CSI', 'VolumeAttachments of pods that are gone'],
  },

  preFilter(pod, snapshot) {
    const wanted = attachedVolumes(pod, snapshot);
    return wanted.size === 0 ? SKIP : { state: { snapshot, wanted } };
  },

  filter({ pod }, node, { snapshot, wanted }) {
    const drivers = snapshot.cluster.get('CSINode', '', node.name)?.spec.drivers ?? [];
    if (!drivers.some((it) => it.allocatable?.count !== undefined)) return SUCCESS;
    const there = new Map<string, string>();
    for (const other of node.podsWithClaims) {
      for (const [volume, driver] of attachedVolumes(other, snapshot)) there.set(volume, driver);
    }
    for (const { name, allocatable } of drivers) {
      const limit = allocatable?.count;
      if (limit === undefined) continue;
      const more = count(wanted, name, there);
      if (more === 0) continue;
      const attached = count(there, name, new Map());
      if (attached + more <= limit) continue;
      return unschedulable('node(s) exceed max volume count', () => ({
        message:
          `${node.name} can attach ${limit} volumes of ${name}, has ${attached}, ` +
          `and the pod needs ${more} more.`,
        cites: [field(pod).spec.volumes],
      }));
    }
    return SUCCESS;
  },
} satisfies PreFilterPlugin<LimitState> & FilterPlugin<LimitState>;

function count(
  volumes: ReadonlyMap<string, string>,
  driver: string,
  besides: ReadonlyMap<string, string>,
): number {
  let found = 0;
  for (const [volume, it] of volumes) if (it === driver && !besides.has(volume)) found++;
  return found;
}

function attachedVolumes(pod: PodInfo, snapshot: SchedulingSnapshot): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const it of claimVolumes(pod)) {
    const claim = claimOf(snapshot, pod, it);
    if (!claim) continue;
    const volumeName = claim.spec?.volumeName;
    const volume = volumeName
      ? snapshot.cluster.get('PersistentVolume', '', volumeName)
      : undefined;
    if (volume?.spec?.csi) {
      found.set(
        `${volume.spec.csi.driver}/${volume.spec.csi.volumeHandle}`,
        volume.spec.csi.driver,
      );
    } else if (!volume) {
      // A volume to be provisioned is counted for the provisioner, under its claim's name.
      const storageClass = snapshot.cluster.get('StorageClass', '', classNameOf(claim));
      const key = `claim/${pod.namespace}/${it.claimName}`;
      if (storageClass) found.set(key, storageClass.provisioner);
    }
  }
  return found;
}
