/**
 * What the strategies of workloads come to in pods.
 * Follows ResolveFenceposts, MaxUnavailable, SurgeCount and UnavailableCount, with the API's
 * defaults.
 */
import type { Upstream } from '../explanation/index.ts';
import {
  LIMITS,
  scaledValue,
  type DaemonSet,
  type Deployment,
  type IntOrString,
  type ReplicaSet,
  type StatefulSet,
} from '../manifest/index.ts';
import type { DaemonSetPlan } from './rollout-daemon-set.ts';
import type { DeploymentPlan } from './rollout-deployment.ts';
import type { RolloutChange, RolloutWorkload } from './rollout-model.ts';
import type { StatefulSetPlan } from './rollout-stateful-set.ts';

export const rolloutPlanUpstream: Upstream = {
  path: 'pkg/controller/deployment/util/deployment_util.go',
};

/**
 * Replicas a workload asks for; one where it says nothing, one a node for a DaemonSet.
 * No more than are played through.
 */
export function replicasOf(workload: RolloutWorkload, nodes = 0): number {
  if (isKind(workload, 'DaemonSet')) return nodes;
  return bounded((workload as Deployment).spec?.replicas ?? 1);
}

/** A count of replicas within what is played through. */
export function bounded(replicas: number): number {
  return Math.max(0, Math.min(LIMITS.replicas, replicas));
}

interface RolloutKinds {
  readonly DaemonSet: DaemonSet;
  readonly Deployment: Deployment;
  readonly ReplicaSet: ReplicaSet;
  readonly StatefulSet: StatefulSet;
}

/** Whether the workload is of the kind. */
export function isKind<K extends keyof RolloutKinds>(
  it: RolloutWorkload,
  kind: K,
): it is RolloutKinds[K] {
  return it.kind === kind;
}

/** maxSurge rounded up, maxUnavailable down; where both come to nothing, one may be unavailable. */
export function resolveFenceposts(
  maxSurge: IntOrString | undefined,
  maxUnavailable: IntOrString | undefined,
  replicas: number,
): { maxSurge: number; maxUnavailable: number } {
  const surge = scaledValue(maxSurge ?? '25%', replicas, true) ?? 0;
  const unavailable = scaledValue(maxUnavailable ?? '25%', replicas, false) ?? 0;
  return {
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas),
  };
}

/** The API's default `progressDeadlineSeconds`. */
const PROGRESS_DEADLINE_SECONDS = 600;
/** The greatest number means that nobody waits for progress, and nobody tells of it. */
const NO_DEADLINE = 2_147_483_647;

/** A Deployment's strategy for these replicas. */
export function deploymentPlan(deployment: Deployment, replicas: number): DeploymentPlan {
  const { strategy, minReadySeconds, paused } = deployment.spec ?? {};
  const deadline = deployment.spec?.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS;
  const recreate = strategy?.type === 'Recreate';
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return {
    replicas,
    minReadySeconds: minReadySeconds ?? 0,
    recreate,
    paused: paused ?? false,
    progressDeadlineSeconds: deadline === NO_DEADLINE ? Infinity : deadline,
    ...(recreate
      ? { maxSurge: 0, maxUnavailable: 0 }
      : resolveFenceposts(maxSurge, maxUnavailable, replicas)),
  };
}

/** A StatefulSet's strategy for these replicas. */
export function statefulSetPlan(
  set: StatefulSet,
  replicas: number,
  updated: boolean,
): StatefulSetPlan {
  const { spec } = set;
  return {
    name: set.metadata.name,
    replicas,
    startOrdinal: spec?.ordinals?.start ?? 0,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    parallel: spec?.podManagementPolicy === 'Parallel',
    onDelete: spec?.updateStrategy?.type === 'OnDelete',
    partition: spec?.updateStrategy?.rollingUpdate?.partition ?? 0,
    updated,
  };
}

/** A DaemonSet's strategy for these nodes. Both percentages round up. */
export function daemonSetPlan(
  set: DaemonSet,
  nodes: readonly string[],
  updated: boolean,
): DaemonSetPlan {
  const { updateStrategy, minReadySeconds } = set.spec ?? {};
  const rolling = updateStrategy?.rollingUpdate;
  const maxSurge = scaledValue(rolling?.maxSurge ?? 0, nodes.length, true) ?? 0;
  const most = scaledValue(rolling?.maxUnavailable ?? 1, nodes.length, true) ?? 0;
  return {
    name: set.metadata.name,
    nodes,
    minReadySeconds: minReadySeconds ?? 0,
    onDelete: updateStrategy?.type === 'OnDelete',
    maxSurge,
    maxUnavailable: most === 0 && maxSurge === 0 ? 1 : most,
    updated,
  };
}

/** What the strategy keeps to while the template changes: pods available at least, pods at most. */
export function rolloutCapacity(
  workload: RolloutWorkload,
  change: RolloutChange,
  nodes: readonly string[],
): { minAvailable: number; maxPods: number } {
  const replicas = replicasOf(workload, nodes.length);
  if (change.kind !== 'template') {
    const target = change.kind === 'scale' ? bounded(change.replicas) : replicas;
    return { minAvailable: 0, maxPods: Math.max(replicas, target) };
  }
  if (isKind(workload, 'Deployment')) {
    const plan = deploymentPlan(workload, replicas);
    const minAvailable = plan.recreate ? 0 : replicas - plan.maxUnavailable;
    return plan.paused
      ? { minAvailable: replicas, maxPods: replicas }
      : { minAvailable, maxPods: replicas + plan.maxSurge };
  }
  if (isKind(workload, 'DaemonSet')) {
    const plan = daemonSetPlan(workload, nodes, true);
    if (plan.onDelete) return { minAvailable: replicas, maxPods: replicas };
    const { maxSurge } = plan;
    const minAvailable = maxSurge > 0 ? replicas : Math.max(0, replicas - plan.maxUnavailable);
    return { minAvailable, maxPods: replicas + maxSurge };
  }
  if (isKind(workload, 'StatefulSet')) {
    const { onDelete, partition } = statefulSetPlan(workload, replicas, true);
    const touched = !onDelete && partition < replicas;
    return { minAvailable: touched ? replicas - 1 : replicas, maxPods: replicas };
  }
  return { minAvailable: replicas, maxPods: replicas };
}
