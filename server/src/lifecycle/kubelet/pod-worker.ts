/**
 * Decides when a pod is looked after: one worker per pod, one step at a time. A step begins only
 * on a view of the runtime that is newer than the end of the last step; while it waits or works,
 * at most one more step is queued.
 * After pkg/kubelet/pod_workers.go. Left out: static pods, restarts of the kubelet.
 */
import { type Process, Signal } from './clock.ts';
import { graceOfSpec } from './kill-container.ts';
import type { PodLife } from './pod-life.ts';
import { type StepResult, syncPod } from './sync-pod.ts';
import { syncTerminatedPod, syncTerminatingPod } from './terminate-pod.ts';

const RESYNC_SECONDS = 60;
const ERROR_BACK_OFF_SECONDS = 10;
/** Every wait of the worker is longer by up to this part of itself. */
const JITTER = 0.5;

type Stage = 'syncing' | 'terminating' | 'terminated' | 'finished';

/** Why the kubelet itself ends a pod. */
export interface KilledFor {
  readonly reason: string;
  readonly message: string;
}

export class PodWorker {
  readonly #life: PodLife;
  #stage: Stage = 'syncing';
  #working = false;
  #pending = false;
  #lastSync = -1;
  #due = Infinity;
  /** The pod's end has been asked for: what a running step may still give up. */
  readonly cancelled = new Signal();
  #deletionGrace: number | undefined;
  #ownGrace: number | undefined;
  #known = false;
  #restartOffsets = new Map<string, number>();
  killedFor: KilledFor | undefined;
  rejected = false;

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** The pod has been deleted, as far as the kubelet knows. */
  get ending(): boolean {
    return this.#deletionGrace !== undefined;
  }

  /** All containers have stopped for good. */
  get stopped(): boolean {
    return this.#stage === 'terminated' || this.#stage === 'finished' || this.rejected;
  }

  get contentMayGo(): boolean {
    return this.stopped && this.ending;
  }

  /** Something happened: do a step. */
  update(): void {
    if (!this.#known || this.#stage === 'finished' || this.rejected) return;
    this.#pending = true;
    if (this.#working) return;
    this.#working = true;
    this.#life.node.clock.spawn(this.#loop());
  }

  /** The kubelet hears of the pod. */
  added(): void {
    this.#known = true;
    this.update();
  }

  /** The API server has marked the pod as deleted. */
  deleted(grace: number): void {
    this.#afterWatch(() => {
      this.#deletionGrace = Math.min(grace, this.#deletionGrace ?? Infinity);
      this.#terminate();
    });
  }

  /** The object is gone. */
  removed(): void {
    this.#afterWatch(() => {
      this.#deletionGrace ??= 1;
      this.#terminate();
    });
  }

  /** The kubelet ends the pod by itself. */
  kill(why: KilledFor, grace: number | undefined): void {
    if (this.#stage !== 'syncing') return;
    this.killedFor = why;
    this.#ownGrace = grace ?? graceOfSpec(this.#life.pod());
    this.#terminate();
  }

  #terminate(): void {
    if (this.#stage === 'syncing') this.#stage = 'terminating';
    this.cancelled.fire();
    this.update();
  }

  /** One tick of the sync ticker. */
  tick(): void {
    if (this.#life.node.clock.now < this.#due) return;
    this.#due = Infinity;
    this.update();
  }

  /** The seconds that the containers get; at least one where someone asked for the end. */
  #gracePeriod(): number {
    const asked = Math.min(this.#ownGrace ?? Infinity, this.#deletionGrace ?? Infinity);
    return Number.isFinite(asked) ? Math.max(1, asked) : graceOfSpec(this.#life.pod());
  }

  /** What restartCount has beyond the attempt, after RestartAllContainers. */
  restartOffset(name: string): number {
    return this.#restartOffsets.get(name) ?? 0;
  }

  countRestart(name: string, attempt: number): void {
    this.#restartOffsets.set(name, this.restartOffset(name) + attempt + 1);
  }

  *#loop(): Process {
    const { clock, timing } = this.#life.node;
    while (this.#pending) {
      yield timing.stepSeconds / 4;
      this.#pending = false;
      const stage = this.#stage;
      const grace = this.#gracePeriod();
      const view = yield* this.#life.cache.newerThan(this.#lastSync);
      yield timing.stepSeconds / 4;
      let result: StepResult = { error: false };
      if (stage === 'syncing') result = yield* syncPod(this.#life, view);
      else if (stage === 'terminating') yield* syncTerminatingPod(this.#life, view, grace);
      else if (stage === 'terminated') yield* syncTerminatedPod(this.#life, view);
      this.#lastSync = clock.now;
      this.#complete(stage, result);
    }
    this.#working = false;
  }

  #complete(stage: Stage, result: StepResult): void {
    const { clock } = this.#life.node;
    const random = 1 + JITTER * this.#life.node.nextRandom();
    if (stage === 'terminated') this.#advance('finished');
    else if (stage === 'terminating') this.#advance('terminated');
    else if (result.terminal) this.#advance('terminating');
    else if (result.error) {
      const own = result.until === undefined ? ERROR_BACK_OFF_SECONDS : result.until - clock.now;
      this.#due = clock.now + Math.min(Math.max(own, 0), RESYNC_SECONDS) * random;
    } else {
      this.#due = clock.now + RESYNC_SECONDS * random;
      if (result.acted) this.#life.cache.relistOnDemand();
    }
  }

  #advance(stage: Stage): void {
    if (this.#stage !== 'finished') this.#stage = stage;
    this.#pending = stage !== 'finished';
  }

  #afterWatch(act: () => void): void {
    const { clock, timing } = this.#life.node;
    clock.after(timing.stepSeconds, act);
  }
}
