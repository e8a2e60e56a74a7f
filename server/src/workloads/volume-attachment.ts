/**
 * Which claims are disks that one node has at a time, and which pod waits for one.
 * Follows the attach/detach controller's multi-attach check.
 */
import { namespaceOf, type ClusterSnapshot } from '../cluster/index.ts';
import type { Upstream } from '../explanation/index.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../manifest/index.ts';
import { claimSharing } from './rollout-volumes.ts';

export const volumeAttachmentUpstream: Upstream = {
  path: 'pkg/controller/volume/attachdetach/reconciler/reconciler.go',
  omits: ['how long a detach takes, and the six minutes after which one is forced'],
};

/** The controller compares what is and what should be this often, in seconds. */
export const ATTACH_LOOP_SECONDS = 0.1;

/** Provisioners, classes and drivers of directories and network shares. */
const NOT_ATTACHED =
  /no-provisioner|local|host-?path|nfs|efs|azure-?file|filestore|cephfs|smb|cifs|gluster/i;

/**
 * Whether a claim's volume is attached to nodes, as disks are; `assumed` where neither its class nor
 * its volume is declared.
 */
export function attachmentOf(
  { spec, metadata }: PersistentVolumeClaim,
  snapshot: ClusterSnapshot,
): 'yes' | 'assumed' | 'no' {
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

/** Whether those disks count of which that is only assumed. */
export type Disks = 'declared' | 'assumed';

/**
 * Why a bound pod's disks are not attached to its node: a pod on another node, be it terminating,
 * still has one of them. Undefined where all can be.
 */
export function multiAttachError(
  pod: Pod,
  others: readonly Pod[],
  { snapshot, disks }: { readonly snapshot: ClusterSnapshot; readonly disks: Disks },
): string | undefined {
  const namespace = namespaceOf(pod);
  for (const name of claimNames(pod)) {
    const claim = snapshot.get('PersistentVolumeClaim', namespace, name);
    if (!claim || claimSharing(claim) === 'many') continue;
    const attached = attachmentOf(claim, snapshot);
    if (attached === 'no' || (attached === 'assumed' && disks === 'declared')) continue;
    const users = others.filter(
      (it) =>
        it.spec.nodeName !== undefined &&
        it.spec.nodeName !== pod.spec.nodeName &&
        namespaceOf(it) === namespace &&
        claimNames(it).includes(name),
    );
    if (users.length === 0) continue;
    const who = users.map((it) => it.metadata.name).join(', ');
    return `Multi-Attach error for the volume of ${name}: Volume is already used by pod(s) ${who}`;
  }
  return undefined;
}

/** A bound pod and what it is told about its disks. */
export interface AttachedPod {
  readonly pod: Pod;
  readonly error?: string;
}

/** Bound pods in the order they come: who finds its disks free, and who waits for another. */
export function attachInOrder(
  pods: readonly Pod[],
  world: { readonly snapshot: ClusterSnapshot; readonly disks: Disks },
): readonly AttachedPod[] {
  const attached: Pod[] = [];
  return pods.map((pod) => {
    const error = multiAttachError(pod, attached, world);
    if (error !== undefined) return { pod, error };
    attached.push(pod);
    return { pod };
  });
}

function claimNames({ spec }: Pod): readonly string[] {
  return (spec.volumes ?? []).flatMap((it) => it.persistentVolumeClaim?.claimName ?? []);
}
