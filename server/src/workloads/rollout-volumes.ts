/**
 * Rollouts that wait for a volume: a claim that one node, or one pod, may use at a time.
 * Follows the attach/detach controller's multi-attach check, and access modes as the API describes
 * them.
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import type { Explanation, Upstream } from '../explanation/index.ts';
import {
  each,
  field,
  fieldAt,
  type Deployment,
  type PersistentVolumeClaim,
} from '../manifest/index.ts';
import { deploymentPlan, replicasOf } from './rollout-plan.ts';

export const rolloutVolumesUpstream: Upstream = {
  path: 'pkg/controller/volume/attachdetach/reconciler/reconciler.go',
  omits: ['volumes that are not attached (NFS, hostPath) and allow more than their mode says'],
};

/** How many may use a claim at once. */
export type ClaimSharing = 'one-pod' | 'one-node' | 'many';

/** How the claim may be shared, by the widest of its access modes. */
export function claimSharing(claim: PersistentVolumeClaim): ClaimSharing {
  const modes = claim.spec?.accessModes ?? [];
  if (modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany')) return 'many';
  if (modes.includes('ReadWriteOnce')) return 'one-node';
  return modes.includes('ReadWriteOncePod') ? 'one-pod' : 'many';
}

/**
 * What keeps a Deployment's new pods from starting beside the old ones. A new pod on another node
 * waits for the volume until the old pod is gone, which with maxUnavailable 0 waits for the new
 * one.
 */
export function volumeHazards(deployment: Deployment, snapshot: ClusterSnapshot): Explanation[] {
  const found: Explanation[] = [];
  const replicas = replicasOf(deployment);
  const { recreate, maxUnavailable } = deploymentPlan(deployment, replicas);
  const namespace = deployment.metadata.namespace || 'default';
  const { strategy, template } = field(deployment).spec;
  for (const [volume, at] of each(template.spec.volumes)) {
    const name = volume.persistentVolumeClaim?.claimName;
    const claim = name && snapshot.get('PersistentVolumeClaim', namespace, name);
    if (!claim) continue;
    const sharing = claimSharing(claim);
    if (sharing === 'many') continue;
    const who = sharing === 'one-pod' ? 'one pod' : 'the pods of one node';
    const cites = [at.persistentVolumeClaim.claimName, field(claim).spec.accessModes];
    if (replicas > 1) {
      found.push({
        message: `${name} is for ${who} at a time, and there are ${replicas} replicas`,
        cites: [...cites, fieldAt(deployment, ['spec', 'replicas'])],
      });
    } else if (replicas === 1 && !recreate) {
      const stays = maxUnavailable === 0;
      found.push({
        message:
          `${name} is for ${who} at a time: a new pod` +
          (sharing === 'one-pod'
            ? ' waits for the old one'
            : ' on another node waits for the old one') +
          (stays
            ? ', and with maxUnavailable 0 the old one waits for it: use Recreate'
            : ' to be gone'),
        cites: [...cites, stays ? strategy.rollingUpdate.maxUnavailable : strategy.type],
      });
    }
  }
  return found;
}
