/**
 * Keeps a pod from a disk that is mounted on the node by another pod, and from a ReadWriteOncePod
 * claim that any other pod uses.
 */
import type { NodeInfo, PodInfo } from '../../cluster/index.ts';
import { field, type Pod, type Volume } from '../../manifest/index.ts';
import {
  SKIP,
  SUCCESS,
  unresolvable,
  unschedulable,
  type FilterPlugin,
  type PreFilterPlugin,
} from '../framework.ts';
import { claimVolumes, findClaim } from '../volumes.ts';

const EXCLUSIVE_IN_USE =
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode ' +
  'already in-use by another pod';

interface RestrictionState {
  readonly hasDisks: boolean;
  /** The names of the pod's ReadWriteOncePod claims. */
  readonly exclusive: ReadonlySet<string>;
  /** How many uses by other pods stand against it. */
  conflicts: number;
}

export const volumeRestrictions = {
  name: 'VolumeRestrictions',
  upstream: { path: 'pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go' },

  preFilter(pod, snapshot) {
    const exclusive = new Set<string>();
    for (const { claimName, ephemeral, place } of claimVolumes(pod)) {
      if (ephemeral) continue;
      const claim = findClaim(snapshot, pod.namespace, claimName);
      if (!claim) {
        return unresolvable(`persistentvolumeclaim "${claimName}" not found`, () => ({
          message: `The namespace ${pod.namespace} has no PersistentVolumeClaim ${claimName}.`,
          cites: [place],
        }));
      }
      if (claim.spec?.accessModes?.includes('ReadWriteOncePod')) {
        exclusive.add(claimName);
      }
    }
    const used = new Set<string>();
    if (exclusive.size > 0) {
      for (const { podsWithClaims } of snapshot.nodes) {
        for (const other of podsWithClaims) {
          if (other.namespace !== pod.namespace) continue;
          for (const it of claimNames(other.pod)) if (exclusive.has(it)) used.add(it);
        }
      }
    }
    const hasDisks = (pod.pod.spec.volumes ?? []).some(isDisk);
    if (!hasDisks && used.size === 0) return SKIP;
    return { state: { hasDisks, exclusive, conflicts: used.size } };
  },

  updateWithPod(state, other, _node, delta) {
    // As upstream, which compares the names alone: a claim of another namespace counts here.
    for (const it of claimNames(other.pod)) {
      if (state.exclusive.has(it)) state.conflicts += delta;
    }
  },

  filter({ pod }, node, { hasDisks, exclusive, conflicts }) {
    const holder = hasDisks ? diskHolder(pod, node) : undefined;
    if (holder) {
      return unschedulable('node(s) had no available disk', () => ({
        message: `The pod ${holder.name} on ${node.name} has one of the pod's disks mounted.`,
        cites: [field(pod).spec.volumes, field(holder.pod).spec.volumes],
      }));
    }
    if (conflicts <= 0) return SUCCESS;
    return unschedulable(EXCLUSIVE_IN_USE, () => ({
      message:
        `Another pod uses ${[...exclusive].join(', ')}, ` +
        'which only one pod may use at a time (ReadWriteOncePod).',
      cites: [field(pod).spec.volumes],
    }));
  },
} satisfies PreFilterPlugin<RestrictionState> & FilterPlugin<RestrictionState>;

/** The claims a pod names itself, once for each volume; not those made for it. */
function claimNames({ spec }: Pod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim: it }) =>
    it ? [it.claimName] : [],
  );
}

function isDisk(it: Volume): boolean {
  return Boolean(it.gcePersistentDisk ?? it.awsElasticBlockStore ?? it.rbd ?? it.iscsi);
}

function diskHolder({ spec }: Pod, { pods }: NodeInfo): PodInfo | undefined {
  const disks = (spec.volumes ?? []).filter(isDisk);
  return pods.find((other) =>
    (other.pod.spec.volumes ?? []).some((theirs) => disks.some((own) => conflict(own, theirs))),
  );
}

function conflict(a: Volume, b: Volume): boolean {
  const gce = [a.gcePersistentDisk, b.gcePersistentDisk] as const;
  if (gce[0] && gce[1]) {
    return gce[0].pdName === gce[1].pdName && !(gce[0].readOnly && gce[1].readOnly);
  }
  if (a.awsElasticBlockStore && b.awsElasticBlockStore) {
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  }
  if (a.iscsi && b.iscsi) {
    return a.iscsi.iqn === b.iscsi.iqn && !(a.iscsi.readOnly && b.iscsi.readOnly);
  }
  if (a.rbd && b.rbd) {
    const theirs = b.rbd;
    return (
      (a.rbd.monitors ?? []).some((it) => theirs.monitors?.includes(it)) &&
      (a.rbd.pool ?? 'rbd') === (theirs.pool ?? 'rbd') &&
      a.rbd.image === theirs.image &&
      !(a.rbd.readOnly && theirs.readOnly)
    );
  }
  return false;
}
