/** The controllers of a run: which look after a workload, and the pods that they begin with. */
import { DaemonSetController } from './rollout-daemon-set.ts';
import { DeploymentController, ReplicaSetController } from './rollout-deployment.ts';
import type { RolloutChange, RolloutWorkload } from './rollout-model.ts';
import {
  bounded,
  daemonSetPlan,
  deploymentPlan,
  isKind,
  replicasOf,
  statefulSetPlan,
} from './rollout-plan.ts';
import type { RolloutRun } from './rollout-run.ts';
import { StatefulSetController } from './rollout-stateful-set.ts';

/** Puts the workload's pods there as they long were, and starts what looks after them. */
export function startController(
  run: RolloutRun,
  workload: RolloutWorkload,
  change: RolloutChange,
): void {
  const isNew = change.kind === 'create';
  const updated = change.kind === 'template' || change.kind === 'revert' || isNew;
  const nodes = run.surroundings.nodes ?? [];
  const { name } = workload.metadata;
  const replicas = replicasOf(workload, nodes.length);
  const target = change.kind === 'scale' ? bounded(change.replicas) : replicas;
  const before = isNew ? 0 : replicas;
  if (isKind(workload, 'StatefulSet')) {
    const plan = statefulSetPlan(workload, target, updated);
    for (let i = 0; i < before; i++) {
      const ordinal = plan.startOrdinal + i;
      run.addExisting({ name: `${name}-${ordinal}`, ordinal, isNew: false });
    }
    const controller = new StatefulSetController(plan);
    start(run, controller);
    if (change.kind === 'revert') run.at(change.at, () => controller.revert(run));
    return;
  }
  if (isKind(workload, 'DaemonSet')) {
    const plan = daemonSetPlan(workload, nodes, updated);
    for (const node of isNew ? [] : nodes)
      run.addExisting({ name: `${name}-old-${node}`, node, isNew: false });
    start(run, new DaemonSetController(plan));
    return;
  }
  for (let i = 0; i < before; i++) run.addExisting({ name: `${name}-old-${i}`, isNew: false });
  const minReadySeconds = workload.spec?.minReadySeconds ?? 0;
  const oldSet = new ReplicaSetController(`${name}-old`, false, minReadySeconds, before);
  run.add(oldSet);
  if (!updated || workload.kind === 'ReplicaSet') {
    run.at(run.pace.latencySeconds, () => oldSet.scale(run, target));
  } else if (isKind(workload, 'Deployment')) {
    const plan = deploymentPlan(workload, target);
    const controller = new DeploymentController(name, plan, oldSet);
    oldSet.onStatus = () => run.wake(controller, run.pace.latencySeconds);
    start(run, controller);
  }
}

function start(run: RolloutRun, controller: Parameters<RolloutRun['add']>[0]): void {
  run.add(controller);
  run.wake(controller, run.pace.latencySeconds);
}
