/**
 * What apps/v1 fills in: Deployment, ReplicaSet, StatefulSet, DaemonSet.
 * Follows pkg/apis/apps/v1/defaults.go. The pod template's own defaults are in `pod.ts`.
 */
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../manifest/index.ts';
import type { Mutable } from '../draft.ts';
import { roundResourceList } from './pod-shared.ts';

/** SetDefaults_Deployment. */
export function setDeploymentDefaults({ spec }: Mutable<Deployment>): void {
  spec.replicas ??= 1;
  const strategy = (spec.strategy ??= {});
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rollingUpdate = (strategy.rollingUpdate ??= {});
    rollingUpdate.maxUnavailable ??= '25%';
    rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
}

/** SetDefaults_ReplicaSet. */
export function setReplicaSetDefaults({ spec }: Mutable<ReplicaSet>): void {
  spec.replicas ??= 1;
}

/** SetDefaults_StatefulSet. */
export function setStatefulSetDefaults({ spec }: Mutable<StatefulSet>): void {
  spec.podManagementPolicy ??= 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if (strategy.type === undefined) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) {
    strategy.rollingUpdate.partition ??= 0;
  }
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ??= 'Retain';
  retention.whenScaled ??= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.status ??= {};
    claim.status.phase ??= 'Pending';
    const claimSpec = (claim.spec ??= {});
    claimSpec.volumeMode ??= 'Filesystem';
    roundResourceList(claimSpec.resources?.limits);
    roundResourceList(claimSpec.resources?.requests);
  }
}

/** SetDefaults_DaemonSet. */
export function setDaemonSetDefaults({ spec }: Mutable<DaemonSet>): void {
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rollingUpdate = (strategy.rollingUpdate ??= {});
    rollingUpdate.maxUnavailable ??= 1;
    rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
}
