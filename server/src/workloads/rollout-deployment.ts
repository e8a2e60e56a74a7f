/**
 * A Deployment's controller and its ReplicaSets' over time: RollingUpdate and Recreate.
 * Follows rolloutRolling, rolloutRecreate, NewRSNewReplicas and syncReplicaSet.
 */
import type { Upstream } from '../explanation/index.ts';
import type { RolloutPod } from './rollout-model.ts';
import { ProgressWatch, type ProgressStatus } from './rollout-progress.ts';
import type { RolloutRun, RunController } from './rollout-run.ts';
import { compareForScaleDown } from './scale-down.ts';

export const rolloutDeploymentUpstream: Upstream = {
  path: 'pkg/controller/deployment/rolling.go',
  omits: [
    'proportional scaling while two ReplicaSets have pods',
    'rollbacks and the clean-up of old ReplicaSets',
    'more than one old ReplicaSet',
    'errors of a write, and expectations that a watch misses',
  ],
};

/** What a Deployment's strategy says, resolved against its replicas. */
export interface DeploymentPlan {
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly recreate: boolean;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly paused: boolean;
  /** Infinity where nobody waits for progress. */
  readonly progressDeadlineSeconds: number;
}

/** One ReplicaSet: as many pods as its spec says, and a status that lags behind. */
export class ReplicaSetController implements RunController {
  /** As the Deployment wrote it last. */
  specReplicas: number;
  availableReplicas: number;
  /** Told when the status changes. */
  onStatus: () => void = () => {};
  /** As the watch delivered it last. */
  #observedReplicas: number;
  /** Tells its pods apart by name. */
  #made: number;

  constructor(
    readonly name: string,
    readonly isNew: boolean,
    readonly minReadySeconds: number,
    replicas: number,
  ) {
    this.specReplicas = replicas;
    this.availableReplicas = replicas;
    this.#observedReplicas = replicas;
    this.#made = replicas;
  }

  /** Writes the spec; the controller sees it when the watch delivers it, writes in their order. */
  scale(run: RolloutRun, replicas: number): void {
    this.specReplicas = replicas;
    run.at(run.now + run.pace.latencySeconds, () => {
      this.#observedReplicas = replicas;
      this.sync(run);
    });
  }

  sync(run: RolloutRun): void {
    const active = this.#active(run);
    const missing = this.#observedReplicas - active.length;
    for (let i = 0; i < missing; i++) {
      if (!run.create({ name: `${this.name}-${this.#made}`, isNew: this.isNew })) break;
      this.#made++;
    }
    if (missing < 0) {
      const onNode = podsByNode(run);
      const ranked = active
        .map((pod) => ({
          pod,
          rank: asScaledPod(pod, (pod.bound && onNode.get(pod.node)) || 0),
          chance: run.choose(active.length),
        }))
        .toSorted(
          (one, other) => compareForScaleDown(one.rank, other.rank) || one.chance - other.chance,
        )
        .map((it) => it.pod);
      for (const pod of ranked.slice(0, -missing)) run.delete(pod);
    }
    this.#updateStatus(run);
  }

  #active(run: RolloutRun): RolloutPod[] {
    return run.pods.filter((it) => it.isNew === this.isNew && it.deletedAt === undefined);
  }

  #updateStatus(run: RolloutRun): void {
    let available = 0;
    for (const pod of this.#active(run)) {
      const wait = run.availableIn(pod, this.minReadySeconds);
      if (wait === 0) available++;
      else if (wait !== undefined) run.wake(this, wait);
    }
    if (available === this.availableReplicas) return;
    this.availableReplicas = available;
    this.onStatus();
  }
}

/** How many pods that do not terminate each node has; those of the other ReplicaSet count, too. */
function podsByNode(run: RolloutRun): ReadonlyMap<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const { deletedAt, node } of run.pods) {
    if (deletedAt === undefined) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

function asScaledPod(pod: RolloutPod, podsOnNode: number) {
  return {
    assigned: pod.bound,
    phase: pod.readyAt === undefined ? 'Pending' : 'Running',
    ready: pod.readyAt !== undefined,
    deletionCost: 0,
    podsOnNode,
    readySince: pod.readyAt,
    restarts: 0,
    createdAt: pod.createdAt,
  };
}

/**
 * The Deployment: moves replicas from the old ReplicaSet to the new within the strategy's bounds.
 */
export class DeploymentController implements RunController {
  #newSet: ReplicaSetController | undefined;
  readonly #progress: ProgressWatch;

  constructor(
    readonly name: string,
    readonly plan: DeploymentPlan,
    readonly oldSet: ReplicaSetController,
  ) {
    this.#progress = new ProgressWatch(name, plan.replicas, plan.progressDeadlineSeconds);
  }

  sync(run: RolloutRun): void {
    if (this.plan.paused) return;
    if (this.plan.recreate) this.#recreate(run);
    else this.#rollingUpdate(run);
    this.#progress.look(run, this.#status(run));
  }

  #status(run: RolloutRun): ProgressStatus {
    const alive = run.pods.filter((it) => it.deletedAt === undefined);
    return {
      replicas: alive.length,
      updated: alive.filter((it) => it.isNew).length,
      ready: alive.filter((it) => it.readyAt !== undefined).length,
      available: this.oldSet.availableReplicas + (this.#newSet?.availableReplicas ?? 0),
    };
  }

  #rollingUpdate(run: RolloutRun): void {
    const newSet = (this.#newSet ??= this.#createNewSet(run, this.#newReplicas(0)));
    const wanted = this.#newReplicas(newSet.specReplicas);
    if (wanted !== newSet.specReplicas) {
      this.#scale(run, newSet, wanted);
      return;
    }
    this.#scaleDownOld(run, newSet);
  }

  /** NewRSNewReplicas: as many more as the surge leaves room for. */
  #newReplicas(newReplicas: number): number {
    const { replicas, maxSurge } = this.plan;
    const room = replicas + maxSurge - (newReplicas + this.oldSet.specReplicas);
    if (newReplicas >= replicas) return replicas;
    return newReplicas + Math.max(0, Math.min(room, replicas - newReplicas));
  }

  /** reconcileOldReplicaSets: unhealthy ones first, then as many as availability spares. */
  #scaleDownOld(run: RolloutRun, newSet: ReplicaSetController): void {
    const { oldSet } = this;
    if (oldSet.specReplicas === 0) return;
    const minAvailable = this.plan.replicas - this.plan.maxUnavailable;
    const newUnavailable = newSet.specReplicas - newSet.availableReplicas;
    const most = oldSet.specReplicas + newSet.specReplicas - minAvailable - newUnavailable;
    if (most <= 0) return;
    let wanted = oldSet.specReplicas;
    wanted -= Math.max(0, Math.min(most, wanted - oldSet.availableReplicas));
    const spare = oldSet.availableReplicas + newSet.availableReplicas - minAvailable;
    wanted -= Math.max(0, Math.min(spare, wanted));
    if (wanted !== oldSet.specReplicas) this.#scale(run, oldSet, wanted);
  }

  #recreate(run: RolloutRun): void {
    if (this.oldSet.specReplicas > 0) {
      this.#scale(run, this.oldSet, 0);
      return;
    }
    // Not one pod may start while an old one still runs.
    if (run.pods.some((it) => !it.isNew)) return;
    this.#newSet ??= this.#createNewSet(run, this.plan.replicas);
  }

  #createNewSet(run: RolloutRun, replicas: number): ReplicaSetController {
    const made = new ReplicaSetController(`${this.name}-new`, true, this.plan.minReadySeconds, 0);
    made.onStatus = () => run.wake(this, run.pace.latencySeconds);
    run.add(made);
    this.#scale(run, made, replicas);
    return made;
  }

  #scale(run: RolloutRun, set: ReplicaSetController, replicas: number): void {
    set.scale(run, replicas);
    // Its own write comes back as a change; by then the ReplicaSet has answered.
    run.wake(this, 2 * run.pace.latencySeconds);
  }
}
