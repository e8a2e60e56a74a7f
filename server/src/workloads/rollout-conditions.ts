/**
 * The conditions a Deployment ends with.
 * Follows syncRolloutStatus and calculateStatus.
 */
import type { Upstream } from '../explanation/index.ts';
import type { RolloutChange, RolloutWorkload } from './rollout-model.ts';
import { bounded, deploymentPlan, isKind, replicasOf } from './rollout-plan.ts';
import type { RolloutRun } from './rollout-run.ts';

export const rolloutConditionsUpstream: Upstream = {
  path: 'pkg/controller/deployment/progress.go',
  omits: ['the conditions on the way: only those at the end are given'],
};

/** The API's default `progressDeadlineSeconds`. */
const PROGRESS_DEADLINE_SECONDS = 600;

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
  if (change.kind !== 'template' || plan.paused) {
    // Once a ReplicaSet was fully available, its later ups and downs are no progress to wait for.
    conditions.push('Progressing=True NewReplicaSetAvailable');
    return conditions;
  }
  const updated = alive.filter((it) => it.isNew);
  const complete =
    alive.length === replicas && updated.length === replicas && available === replicas;
  const lastProgress = run.steps.at(-1)?.t ?? 0;
  const deadline = workload.spec?.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS;
  if (complete) conditions.push('Progressing=True NewReplicaSetAvailable');
  else if (lastProgress + deadline < observeSeconds) {
    conditions.push('Progressing=False ProgressDeadlineExceeded');
  } else {
    const begun = updated.length > 0 || alive.length < replicas;
    conditions.push(`Progressing=True ${begun ? 'ReplicaSetUpdated' : 'NewReplicaSetCreated'}`);
  }
  return conditions;
}
