/**
 * The conditions a Deployment ends with.
 * Follows syncRolloutStatus and calculateStatus.
 */
import type { Upstream } from '../explanation/index.ts';
import type { Deployment } from '../manifest/index.ts';
import type { RolloutChange, RolloutWorkload } from './rollout-model.ts';
import { bounded, deploymentPlan, isKind, replicasOf } from './rollout-plan.ts';
import type { RolloutRun } from './rollout-run.ts';

export const rolloutConditionsUpstream: Upstream = {
  path: 'pkg/controller/deployment/progress.go',
  omits: ['the conditions on the way: only those at the end are given'],
};

/** `Type=Status Reason`, as they stand when nothing moves any more; none for other kinds. */
export function deploymentConditions(
  workload: RolloutWorkload,
  change: RolloutChange,
  run: RolloutRun,
  observeSeconds = Infinity,
): string[] {
  if (!isKind(workload, 'Deployment')) return [];
  const replicas = change.kind === 'scale' ? bounded(change.replicas) : replicasOf(workload);
  const plan = deploymentPlan(workload, replicas);
  const alive = run.pods.filter((it) => it.deletedAt === undefined);
  const available = alive.filter((it) => it.readyAt !== undefined).length;
  const enough = available >= replicas - plan.maxUnavailable;
  const conditions = [
    enough
      ? 'Available=True MinimumReplicasAvailable'
      : 'Available=False MinimumReplicasUnavailable',
  ];
  const { progressDeadlineSeconds } = plan;
  if (Number.isFinite(progressDeadlineSeconds)) {
    const end = { replicas, available, observeSeconds, progressDeadlineSeconds };
    conditions.push(progressing(workload, change, run, end));
  }
  // As the ReplicaSet has it whose last pod was refused.
  if (run.refusal !== undefined) conditions.push('ReplicaFailure=True FailedCreate');
  return conditions;
}

interface AtTheEnd {
  readonly replicas: number;
  readonly available: number;
  readonly observeSeconds: number;
  readonly progressDeadlineSeconds: number;
}

function progressing(
  workload: Deployment,
  change: RolloutChange,
  run: RolloutRun,
  { replicas, available, observeSeconds, progressDeadlineSeconds }: AtTheEnd,
): string {
  // Once a ReplicaSet was fully available, its later ups and downs are no progress to wait for.
  if (change.kind !== 'template' || workload.spec?.paused) {
    return 'Progressing=True NewReplicaSetAvailable';
  }
  const alive = run.pods.filter((it) => it.deletedAt === undefined);
  const updated = alive.filter((it) => it.isNew);
  const complete =
    alive.length === replicas && updated.length === replicas && available === replicas;
  const lastProgress = run.steps.at(-1)?.t ?? 0;
  if (complete) return 'Progressing=True NewReplicaSetAvailable';
  if (lastProgress + progressDeadlineSeconds < observeSeconds) {
    return 'Progressing=False ProgressDeadlineExceeded';
  }
  const begun = updated.length > 0 || alive.length < replicas;
  return `Progressing=True ${begun ? 'ReplicaSetUpdated' : 'NewReplicaSetCreated'}`;
}
