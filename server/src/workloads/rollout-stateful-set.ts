/**
 * A StatefulSet's controller over time: identity first, then updates from the highest ordinal down.
 * Follows updateStatefulSet.
 */
import type { Upstream } from '../explanation/index.ts';
import type { RolloutPod } from './rollout-model.ts';
import type { RolloutRun, RunController } from './rollout-run.ts';

export const rolloutStatefulSetUpstream: Upstream = {
  path: 'pkg/controller/statefulset/stateful_set_control.go',
  omits: [
    'rollingUpdate.maxUnavailable: its feature gate MaxUnavailableStatefulSet is off by default',
    'repair of identity, of volumes and of claims (persistentVolumeClaimRetentionPolicy)',
  ],
};

/** What a StatefulSet says about its rollouts. */
export interface StatefulSetPlan {
  readonly name: string;
  readonly replicas: number;
  readonly startOrdinal: number;
  readonly minReadySeconds: number;
  readonly parallel: boolean;
  readonly onDelete: boolean;
  readonly partition: number;
  /** The template changed: ordinals from the partition on belong to the new one. */
  readonly updated: boolean;
}

export class StatefulSetController implements RunController {
  /** Whether the new template is the one that is wanted. */
  #isUpdated: boolean;

  constructor(readonly plan: StatefulSetPlan) {
    this.#isUpdated = plan.updated;
  }

  /** Somebody takes the new template back. */
  revert(run: RolloutRun): void {
    this.#isUpdated = false;
    const message = 'the template is what it was before';
    run.tell({ what: 'TemplateReverted', of: this.plan.name, message });
    run.wake(this, run.pace.latencySeconds);
  }

  sync(run: RolloutRun): void {
    this.#sync(run);
    for (const pod of run.pods) {
      const wait = run.availableIn(pod, this.plan.minReadySeconds);
      if (wait !== undefined && wait > 0 && pod.deletedAt === undefined) run.wake(this, wait);
    }
  }

  #sync(run: RolloutRun): void {
    const byOrdinal = new Map(run.pods.map((it) => [it.ordinal ?? 0, it]));
    if (this.#mustWaitForReplicas(run, byOrdinal)) return;
    if (this.#mustWaitForCondemned(run, byOrdinal)) return;
    if (!this.plan.onDelete) this.#update(run);
  }

  /** Creates what is missing; true where OrderedReady has to wait for one. */
  #mustWaitForReplicas(run: RolloutRun, byOrdinal: ReadonlyMap<number, RolloutPod>): boolean {
    const { startOrdinal, replicas, parallel } = this.plan;
    for (let ordinal = startOrdinal; ordinal < startOrdinal + replicas; ordinal++) {
      const pod = byOrdinal.get(ordinal);
      if (!pod) {
        const created = run.create({
          name: `${this.plan.name}-${ordinal}`,
          ordinal,
          isNew: this.#isNewAt(ordinal),
        });
        if (!created || !parallel) return true;
      } else if (!parallel && !this.#isHealthy(run, pod)) {
        return true;
      }
    }
    return false;
  }

  /** Deletes ordinals beyond the range, the highest first; true where it has to wait for one. */
  #mustWaitForCondemned(run: RolloutRun, byOrdinal: ReadonlyMap<number, RolloutPod>): boolean {
    const { startOrdinal, replicas, parallel } = this.plan;
    const condemned = [...byOrdinal.values()]
      .filter(({ ordinal = 0 }) => ordinal < startOrdinal || ordinal >= startOrdinal + replicas)
      .toSorted((a, b) => (b.ordinal ?? 0) - (a.ordinal ?? 0));
    const firstUnhealthy = condemned.findLast((it) => !this.#isHealthy(run, it));
    for (const pod of condemned) {
      if (pod.deletedAt !== undefined) {
        if (!parallel) return true;
        continue;
      }
      if (!parallel && !this.#isHealthy(run, pod) && pod !== firstUnhealthy) return true;
      run.delete(pod);
      if (!parallel) return true;
    }
    return false;
  }

  #update(run: RolloutRun): void {
    const { startOrdinal, replicas, partition } = this.plan;
    const byOrdinal = new Map(run.pods.map((it) => [it.ordinal ?? 0, it]));
    // The partition counts places, not ordinals.
    for (let index = replicas - 1; index >= partition; index--) {
      const pod = byOrdinal.get(startOrdinal + index);
      if (!pod) return;
      if (pod.isNew !== this.#isNewAt(startOrdinal + index) && pod.deletedAt === undefined) {
        run.delete(pod);
        return;
      }
      if (!this.#isHealthy(run, pod)) return;
    }
  }

  #isNewAt(ordinal: number): boolean {
    const { onDelete, partition, startOrdinal } = this.plan;
    return this.#isUpdated && (onDelete || ordinal >= startOrdinal + partition);
  }

  #isHealthy(run: RolloutRun, pod: RolloutPod): boolean {
    return pod.deletedAt === undefined && run.isAvailable(pod, this.plan.minReadySeconds);
  }
}
