/**
 * The event loop of a rollout: pods that start and end, and controllers that look when something
 * changed. Not upstream code but its surroundings: the watch, the scheduler's retries and the
 * kubelet, reduced to when they act.
 */
import type { PodCounts, RolloutPod, RolloutSurroundings } from './rollout-model.ts';

/** How pods start and end in one run, in seconds. */
export interface RunBehaviour {
  readonly readyAfter: number;
  readonly exitAfter: number;
  readonly newNeverReady?: boolean;
}

/** How fast the control plane is, and where in the wall clock's second the change falls. */
export interface Pace {
  /** Seconds from a change to the controller's answer to it. */
  readonly latencySeconds: number;
  /** The part of a second that has passed at second 0: Ready times are stored in whole seconds. */
  readonly phase: number;
}

/** A step with its time in this run. */
export interface RunStep {
  readonly t: number;
  readonly what: 'created' | 'ready' | 'deleting' | 'gone';
  readonly pod: RolloutPod;
  readonly total: number;
  readonly pods: number;
  readonly ready: number;
}

/** Something that answers to changes of pods; it acts through the run. */
export interface RunController {
  sync(run: RolloutRun): void;
  /** The pod became Ready just now. */
  podReady?(run: RolloutRun, pod: RolloutPod): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** What a controller says of a pod it makes. */
export type NewPod = Pick<RolloutPod, 'name' | 'isNew' | 'ordinal' | 'node'>;

/** No rollout of bounded size has more events; one that does is cut off there. */
const MAX_EVENTS = 50_000;
/** Pods that are there before the change have long been Ready. */
const LONG_AGO = -1_000_000;

export class RolloutRun {
  now = 0;
  readonly steps: RunStep[] = [];
  /** The last refusal of a create request, as the controller's event tells it. */
  refusal: string | undefined;
  /** There was more to happen than is played through. */
  cutOff = false;
  readonly #pods: Mutable<RolloutPod>[] = [];
  readonly #controllers: RunController[] = [];
  readonly #wakes = new Map<RunController, number>();
  readonly #told = new Set<RunController>();
  readonly #queue: { at: number; act: () => void }[] = [];
  #nextId = 0;
  #alive = 0;
  #ready = 0;

  constructor(
    readonly behaviour: RunBehaviour,
    readonly surroundings: RolloutSurroundings,
    readonly pace: Pace,
  ) {}

  /** How many pods there are, how many do not terminate, and how many of those are Ready. */
  get counts(): PodCounts {
    return { total: this.#pods.length, pods: this.#alive, ready: this.#ready };
  }

  /** All pods that exist, in the order they were made. */
  get pods(): readonly RolloutPod[] {
    return this.#pods;
  }

  add(controller: RunController): void {
    this.#controllers.push(controller);
  }

  /** Puts a pod there that has been Ready since long before the change. */
  addExisting(pod: NewPod): void {
    const made = this.#make(pod, LONG_AGO);
    made.node = pod.node ?? this.surroundings.place?.(made, this.#others(made));
    made.bound = made.node !== undefined || !this.surroundings.place;
    if (made.bound) made.readyAt = LONG_AGO;
    this.#pods.push(made);
    this.#alive++;
    if (made.bound) this.#ready++;
  }

  /** Does something at a time, after all that was planned for the same time before. */
  at(seconds: number, act: () => void): void {
    const queue = this.#queue;
    let low = 0;
    let high = queue.length;
    // The last of the queue is the next to happen, so what comes later is put in further ahead.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((queue[middle]?.at ?? 0) > seconds) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, { at: seconds, act });
  }

  /** Has the controller look in a while; an earlier appointment stays, as in a delaying queue. */
  wake(controller: RunController, inSeconds: number): void {
    const at = this.now + Math.max(0, inSeconds);
    const planned = this.#wakes.get(controller);
    if (planned !== undefined && planned <= at) return;
    this.#wakes.set(controller, at);
    this.at(at, () => {
      if (this.#wakes.get(controller) !== at) return;
      this.#wakes.delete(controller);
      controller.sync(this);
    });
  }

  /** Tells every controller that something changed; appointments stay. */
  changed(): void {
    for (const it of this.#controllers) {
      if (this.#told.has(it)) continue;
      this.#told.add(it);
      this.at(this.now + this.pace.latencySeconds, () => {
        this.#told.delete(it);
        it.sync(this);
      });
    }
  }

  /** Creates a pod; false where it is refused. */
  create(pod: NewPod): boolean {
    const made = this.#make(pod, this.now);
    this.refusal = this.surroundings.refuse?.(made, this.#pods);
    if (this.refusal !== undefined) return false;
    this.#pods.push(made);
    this.#alive++;
    this.#log('created', made);
    this.at(this.now + this.pace.latencySeconds, () => this.#tryToPlace(made));
    return true;
  }

  /** Deletes a pod: at once where no node has it, else when its containers have ended. */
  delete(pod: RolloutPod): void {
    const own = this.#pods.find((it) => it.id === pod.id);
    if (!own || own.deletedAt !== undefined) return;
    own.deletedAt = this.now;
    this.#alive--;
    if (own.readyAt !== undefined) this.#ready--;
    if (!own.bound) {
      this.#remove(own);
      return;
    }
    this.#log('deleting', own);
    this.at(this.now + this.behaviour.exitAfter, () => this.#remove(own));
  }

  /** Runs until nothing is left to happen. */
  finish(): void {
    for (let i = 0; i < MAX_EVENTS; i++) {
      const next = this.#queue.pop();
      if (!next) return;
      this.now = next.at;
      next.act();
    }
    this.cutOff = true;
  }

  /** Ready for `minReadySeconds`, by the whole second in which it became Ready. */
  isAvailable(pod: RolloutPod, minReadySeconds: number): boolean {
    return this.availableIn(pod, minReadySeconds) === 0;
  }

  /** Seconds until the pod is available; undefined while it is not Ready. */
  availableIn(pod: RolloutPod, minReadySeconds: number): number | undefined {
    if (pod.readyAt === undefined) return undefined;
    if (minReadySeconds === 0) return 0;
    const { phase } = this.pace;
    const wait = Math.floor(phase + pod.readyAt) + minReadySeconds - phase - this.now;
    // Times are sums of decimal fractions, so a rest below a microsecond is no time.
    return wait > 1e-6 ? wait : 0;
  }

  #make(pod: NewPod, createdAt: number): Mutable<RolloutPod> {
    return { ...pod, id: this.#nextId++, bound: false, createdAt };
  }

  #others(pod: RolloutPod): RolloutPod[] {
    return this.#pods.filter((it) => it !== pod);
  }

  #tryToPlace(pod: Mutable<RolloutPod>): void {
    if (pod.bound || pod.deletedAt !== undefined) return;
    const { place } = this.surroundings;
    const node = place ? place(pod, this.#others(pod)) : (pod.node ?? '');
    if (node === undefined) return;
    pod.node = node;
    pod.bound = true;
    if (pod.isNew && this.behaviour.newNeverReady) return;
    this.at(this.now + this.behaviour.readyAfter, () => {
      if (pod.deletedAt !== undefined) return;
      pod.readyAt = this.now;
      this.#ready++;
      this.#log('ready', pod);
      for (const it of this.#controllers) it.podReady?.(this, pod);
    });
  }

  #remove(pod: Mutable<RolloutPod>): void {
    const index = this.#pods.indexOf(pod);
    if (index < 0) return;
    this.#pods.splice(index, 1);
    this.#log('gone', pod);
    // What a pod held is free again: those that found no node try once more, oldest first.
    this.at(this.now + this.pace.latencySeconds, () => {
      for (const it of this.#pods.filter((it) => !it.bound)) this.#tryToPlace(it);
    });
  }

  #log(what: RunStep['what'], pod: RolloutPod): void {
    this.steps.push({ t: this.now, what, pod: { ...pod }, ...this.counts });
    this.changed();
  }
}
