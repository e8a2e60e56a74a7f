/**
 * Claims of a declared world, which nobody has bound yet: what the volume controller and the
 * provisioners will make of them is taken as done, for a pod waits for that and no longer.
 * Claims with a status are as the status says, and nothing here touches them.
 * Follows pkg/controller/volume/persistentvolume/pv_controller.go (syncUnboundClaim).
 */
import { ClusterSnapshot } from '../cluster/index.ts';
import type {
  KubernetesObject,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../manifest/index.ts';
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

/**
 * Claims that the pods' volumes name and nobody declared, as controllers make them: of the templates
 * of a StatefulSet, of ephemeral volumes, and any others, which somebody is taken to have made.
 */
export function supposedClaims(
  pods: readonly Pod[],
  cluster: ClusterSnapshot,
): readonly PersistentVolumeClaim[] {
  const found = new Map<string, PersistentVolumeClaim>();
  for (const pod of pods) {
    const namespace = pod.metadata.namespace || 'default';
    for (const volume of pod.spec.volumes ?? []) {
      const { ephemeral, persistentVolumeClaim } = volume;
      const name =
        persistentVolumeClaim?.claimName ??
        (ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);
      if (!name || cluster.get('PersistentVolumeClaim', namespace, name)) continue;
      const spec = ephemeral?.volumeClaimTemplate?.spec ?? templateSpec(pod, name, cluster);
      found.set(`${namespace}/${name}`, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, namespace },
        ...(spec ? { spec } : {}),
      });
    }
  }
  return [...found.values()];
}

/** The world with the claims that its pods' controllers make. */
export function withSupposedClaims(
  cluster: ClusterSnapshot,
  pods: readonly Pod[],
): ClusterSnapshot {
  const claims = supposedClaims(pods, cluster);
  if (claims.length === 0) return cluster;
  const more: readonly KubernetesObject[] = claims;
  return new ClusterSnapshot([...cluster.objects(), ...more]);
}

/** The spec of the StatefulSet's template that a claim is made of. */
function templateSpec(
  pod: Pod,
  claimName: string,
  cluster: ClusterSnapshot,
): PersistentVolumeClaim['spec'] {
  const owner = pod.metadata.ownerReferences?.find((it) => it.kind === 'StatefulSet');
  if (!owner) return undefined;
  const set = cluster.get('StatefulSet', pod.metadata.namespace || 'default', owner.name);
  const templates = set?.spec.volumeClaimTemplates ?? [];
  return templates.find((it) => claimName === `${it.metadata?.name}-${pod.metadata.name}`)?.spec;
}
