/**
 * A DaemonSet's controller over time: one pod a node, replaced by deletion or by surge.
 * Follows podsShouldBeOnNode and rollingUpdate.
 */
import type { Upstream } from '../explanation/index.ts';
import type { RolloutPod } from './rollout-model.ts';
import type { RolloutRun, RunController } from './rollout-run.ts';

export const rolloutDaemonSetUpstream: Upstream = {
  path: 'pkg/controller/daemon/update.go',
  omits: [
    'the order of nodes: upstream takes them in map order, here by name',
    'failed pods and their back-off',
    'a second look that the queue merges into an earlier one, and the stall that may follow',
  ],
};

/** What a DaemonSet says about its rollouts, resolved against its nodes. */
export interface DaemonSetPlan {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly minReadySeconds: number;
  readonly onDelete: boolean;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly updated: boolean;
}

interface NodePods {
  readonly node: string;
  readonly all: readonly RolloutPod[];
  readonly oldPod?: RolloutPod;
  readonly newPod?: RolloutPod;
}

export class DaemonSetController implements RunController {
  constructor(readonly plan: DaemonSetPlan) {}

  podReady(run: RolloutRun): void {
    const { minReadySeconds } = this.plan;
    // The handler adds a second to what it waits, and only the status check below does not.
    if (minReadySeconds > 0) run.at(run.now + minReadySeconds + 1, () => this.sync(run));
  }

  sync(run: RolloutRun): void {
    const managed = this.#manage(run);
    // What it has just written must come back through the watch first.
    if (!managed && this.plan.updated && !this.plan.onDelete) {
      if (this.plan.maxSurge > 0) this.#surge(run);
      else this.#replace(run);
    }
    this.#checkStatus(run);
  }

  /** Gives every node its pod; true where it had to. */
  #manage(run: RolloutRun): boolean {
    let changed = false;
    for (const { node, all, oldPod, newPod } of this.#podsByNode(run)) {
      if (all.length === 0) {
        changed = run.create(this.#newPod(node, this.plan.updated)) || changed;
      } else if (oldPod && newPod && (!isReady(oldPod) || this.#isAvailable(run, newPod))) {
        run.delete(oldPod);
        changed = true;
      }
    }
    return changed;
  }

  /** maxUnavailable: old pods are deleted while few enough are unavailable. */
  #replace(run: RolloutRun): void {
    let unavailable = 0;
    const unavailableOld: RolloutPod[] = [];
    const candidates: RolloutPod[] = [];
    for (const { oldPod, newPod } of this.#podsByNode(run)) {
      if (oldPod && !newPod) {
        if (this.#isAvailable(run, oldPod)) {
          candidates.push(oldPod);
          continue;
        }
        // One that is not available anyway costs nothing.
        unavailableOld.push(oldPod);
        unavailable++;
      } else if (!newPod || oldPod || !this.#isAvailable(run, newPod)) {
        unavailable++;
      }
    }
    const spare = Math.max(0, this.plan.maxUnavailable - unavailable);
    for (const pod of [...unavailableOld, ...candidates.slice(0, spare)]) run.delete(pod);
  }

  /** maxSurge: the new pod comes first, and the old one goes when it is available. */
  #surge(run: RolloutRun): void {
    let surging = 0;
    const allowed: string[] = [];
    const candidates: string[] = [];
    for (const { node, oldPod, newPod } of this.#podsByNode(run)) {
      if (!oldPod) continue;
      if (newPod) {
        if (this.#isAvailable(run, newPod)) run.delete(oldPod);
        else surging++;
      } else if (this.#isAvailable(run, oldPod)) {
        candidates.push(node);
      } else {
        allowed.push(node);
      }
    }
    const spare = Math.max(0, this.plan.maxSurge - surging);
    for (const node of [...allowed, ...candidates.slice(0, spare)]) {
      run.create(this.#newPod(node, true));
    }
  }

  /**
   * The status counts the oldest pod of each node; while one is Ready but not available it looks
   * again.
   */
  #checkStatus(run: RolloutRun): void {
    const { minReadySeconds } = this.plan;
    if (minReadySeconds === 0) return;
    const waiting = this.#podsByNode(run).some(({ all }) => {
      const oldest = all[0];
      return oldest && isReady(oldest) && !this.#isAvailable(run, oldest);
    });
    if (waiting) run.wake(this, minReadySeconds);
  }

  #podsByNode(run: RolloutRun): NodePods[] {
    return this.plan.nodes.map((node) => {
      const all = run.pods.filter((it) => it.node === node);
      const alive = all.filter((it) => it.deletedAt === undefined);
      return {
        node,
        all,
        oldPod: alive.find((it) => !it.isNew),
        newPod: alive.find((it) => it.isNew),
      };
    });
  }

  #newPod(node: string, isNew: boolean) {
    return { name: `${this.plan.name}-${isNew ? 'new' : 'old'}-${node}`, node, isNew };
  }

  #isAvailable(run: RolloutRun, pod: RolloutPod): boolean {
    return run.isAvailable(pod, this.plan.minReadySeconds);
  }
}

function isReady(pod: RolloutPod): boolean {
  return pod.readyAt !== undefined;
}
