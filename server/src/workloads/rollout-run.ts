/**
 * The event loop of a rollout: pods that start and end, and controllers that look when something
 * changed. Not upstream code but its surroundings: the watch, the scheduler's retries and the
 * kubelet, reduced to when they act.
 */
import type { TimeWindow } from '../explanation/index.ts';
import { Appointment, EventQueue } from './event-queue.ts';
import type {
  PodCounts,
  RolloutNoticeReason,
  RolloutPod,
  RolloutSurroundings,
} from './rollout-model.ts';
import { randomNumbers } from './random-numbers.ts';
import { ATTACH_LOOP_SECONDS } from './volume-attachment.ts';

/** How pods start and end in one run, in seconds; in a window each pod for itself, by chance. */
export interface RunBehaviour {
  readonly readyAfter: number | TimeWindow;
  readonly exitAfter: number | TimeWindow;
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

/** What a component says at a time of this run. */
export interface RunNotice {
  readonly t: number;
  /** It may be said as many seconds later. */
  readonly within?: number;
  readonly what: RolloutNoticeReason;
  readonly of: string;
  readonly message: string;
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
  readonly steps: RunStep[] = [];
  readonly notices: RunNotice[] = [];
  /** What is said to bound pods that cannot start, by their id. */
  readonly held = new Map<number, string>();
  /** The last refusal of a create request, as the controller's event tells it. */
  refusal: string | undefined;
  /** There was more to happen than is played through. */
  cutOff = false;
  /** Has a bound pod wait before it starts, as for a volume; it calls `start` when that is there. */
  holdBack: ((pod: RolloutPod, start: () => void) => void) | undefined;
  readonly #silent = new Set<string>();
  readonly #pods: Mutable<RolloutPod>[] = [];
  readonly #controllers: RunController[] = [];
  readonly #wakes = new Map<RunController, Appointment>();
  readonly #told = new Set<RunController>();
  /** Pods that were said to find no node; that the scheduler tries again is no news. */
  readonly #homeless = new Set<number>();
  readonly #random: (() => number) | undefined;
  readonly #queue = new EventQueue();
  #nextId = 0;
  #alive = 0;
  #ready = 0;

  constructor(
    readonly behaviour: RunBehaviour,
    readonly surroundings: RolloutSurroundings,
    readonly pace: Pace,
  ) {
    const { seed } = surroundings;
    this.#random = seed === undefined ? undefined : randomNumbers(seed);
  }

  /** What is left to chance, one of so many: the first, or what the seed gives. */
  readonly choose = (options: number): number =>
    this.#random ? Math.floor(this.#random() * options) : 0;

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
    made.node = pod.node ?? this.surroundings.place?.(made, this.#others(made), this.choose);
    made.bound = made.node !== undefined || !this.surroundings.place;
    if (made.bound) made.readyAt = LONG_AGO;
    this.#pods.push(made);
    this.#alive++;
    if (made.bound) this.#ready++;
  }

  /** Seconds after the change. */
  get now(): number {
    return this.#queue.now;
  }

  /** Does something at a time, after all that was planned for the same time before. */
  at(seconds: number, act: () => void): void {
    this.#queue.at(seconds, act);
  }

  /** Has the controller look in a while; an earlier appointment stays, as in a delaying queue. */
  wake(controller: RunController, inSeconds: number): void {
    const known = this.#wakes.get(controller);
    const wake = known ?? new Appointment(this.#queue, () => controller.sync(this));
    if (!known) this.#wakes.set(controller, wake);
    wake.in(inSeconds);
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
    if (this.refusal !== undefined) {
      this.tell({
        what: 'FailedCreate',
        of: made.name,
        message: `Error creating: ${this.refusal}`,
      });
      return false;
    }
    this.#pods.push(made);
    this.#alive++;
    this.#log('created', made);
    this.at(this.now + this.pace.latencySeconds, () => this.#tryToPlace(made));
    return true;
  }

  /** Writes down what is said now. */
  tell(notice: Omit<RunNotice, 't'>): void {
    this.notices.push({ t: this.now, ...notice });
  }

  /** Deletes a pod: at once where no node has it, else when its containers have ended. */
  delete(pod: RolloutPod): void {
    const own = this.#own(pod);
    if (!own || own.deletedAt !== undefined) return;
    own.deletedAt = this.now;
    this.#alive--;
    if (own.readyAt !== undefined) this.#ready--;
    if (!own.bound) {
      this.#remove(own);
      return;
    }
    this.#log('deleting', own);
    this.#end(own);
  }

  /** The node's kubelet is not heard of: its pods neither become Ready nor end. */
  silence(node: string): void {
    this.#silent.add(node);
  }

  /** The kubelet is back: it ends what was deleted meanwhile, and says what is Ready. */
  hear(node: string): void {
    this.#silent.delete(node);
    for (const pod of this.#pods.filter((it) => it.node === node)) {
      if (pod.deletedAt === undefined) this.recover(pod);
      else this.#end(pod);
    }
  }

  /** The pod is not Ready any longer, whoever says so. */
  fail(pod: RolloutPod): void {
    const own = this.#own(pod);
    if (own?.readyAt === undefined) return;
    own.readyAt = undefined;
    own.failedAt = this.now;
    if (own.deletedAt === undefined) this.#ready--;
    this.changed();
  }

  /** A pod that had failed is Ready again. */
  recover(pod: RolloutPod): void {
    const own = this.#own(pod);
    if (!own || own.failedAt === undefined || own.deletedAt !== undefined) return;
    own.failedAt = undefined;
    this.#becomesReady(own);
  }

  /** The object goes without waiting for a kubelet: a forced deletion. */
  remove(pod: RolloutPod): void {
    const own = this.#own(pod);
    if (own) this.#remove(own);
  }

  /** Runs until nothing is left to happen, or a time. */
  finish(until = Infinity): void {
    this.cutOff = !this.#queue.play(until, MAX_EVENTS);
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

  #within(time: number | TimeWindow): number {
    if (typeof time === 'number') return time;
    const { earliest, latest } = time;
    return earliest + (this.#random?.() ?? 0) * (latest - earliest);
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
    const node = place ? place(pod, this.#others(pod), this.choose) : (pod.node ?? '');
    if (node === undefined) {
      this.#tellHomeless(pod);
      return;
    }
    pod.node = node;
    pod.bound = true;
    this.#tryToStart(pod);
  }

  /** Starts a bound pod where nothing that others have keeps it from that. */
  #tryToStart(pod: Mutable<RolloutPod>): void {
    if (pod.deletedAt !== undefined) return;
    const held = this.surroundings.hold?.(pod, this.#others(pod));
    if (held) {
      const isNews = !this.held.has(pod.id);
      this.held.set(pod.id, held.message);
      if (isNews) this.tell({ ...held, of: pod.name, within: ATTACH_LOOP_SECONDS });
      return;
    }
    this.held.delete(pod.id);
    if (pod.isNew && this.behaviour.newNeverReady) return;
    const { node = '' } = pod;
    const start = () => {
      this.at(this.now + this.#within(this.behaviour.readyAfter), () => {
        if (pod.deletedAt === undefined && !this.#silent.has(node)) this.#becomesReady(pod);
      });
    };
    if (this.holdBack) this.holdBack(pod, start);
    else start();
  }

  #becomesReady(pod: Mutable<RolloutPod>): void {
    pod.readyAt = this.now;
    this.#ready++;
    this.#log('ready', pod);
    for (const it of this.#controllers) it.podReady?.(this, pod);
  }

  /** The kubelet ends the containers and then lets the object go. */
  #end(pod: Mutable<RolloutPod>): void {
    const isSilent = () => this.#silent.has(pod.node ?? '');
    if (isSilent()) return;
    this.at(this.now + this.#within(this.behaviour.exitAfter), () => {
      if (!isSilent()) this.#remove(pod);
    });
  }

  #own(pod: RolloutPod): Mutable<RolloutPod> | undefined {
    return this.#pods.find((it) => it.id === pod.id);
  }

  #tellHomeless(pod: RolloutPod): void {
    if (this.#homeless.has(pod.id)) return;
    this.#homeless.add(pod.id);
    const why = this.surroundings.whyNotPlaced?.(pod, this.#others(pod));
    this.tell({ what: 'FailedScheduling', of: pod.name, message: why?.message ?? '' });
  }

  #remove(pod: Mutable<RolloutPod>): void {
    const index = this.#pods.indexOf(pod);
    if (index < 0) return;
    this.#pods.splice(index, 1);
    if (pod.deletedAt === undefined) {
      this.#alive--;
      if (pod.readyAt !== undefined) this.#ready--;
    }
    this.#log('gone', pod);
    // What a pod held is free again: those that found no node try once more, oldest first.
    this.at(this.now + this.pace.latencySeconds, () => {
      for (const it of this.#pods.filter((it) => !it.bound)) this.#tryToPlace(it);
      for (const it of this.#pods.filter(({ id }) => this.held.has(id))) this.#tryToStart(it);
    });
  }

  #log(what: RunStep['what'], pod: RolloutPod): void {
    this.steps.push({ t: this.now, what, pod: { ...pod }, ...this.counts });
    this.changed();
  }
}
