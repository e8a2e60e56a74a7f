/**
 * The pods of a Job over time: they start, their containers end and are restarted, and somebody
 * deletes them. Not upstream code but the Job controller's surroundings: the kubelet, reduced to
 * when it acts. It reports at once; sidecars and init containers are not among the containers.
 */
import type { PodTemplateSpec } from '../../manifest/index.ts';
import type { EventQueue } from '../event-queue.ts';
import type { ContainerBackOff, ContainerTry, PodTry, TraceEntry } from './job-model.ts';
import { stored } from './job-model.ts';

export interface PodContainerState {
  readonly name: string;
  restarts: number;
  running: boolean;
  exitCode: number | undefined;
  finishedAt: number | undefined;
}

/** A pod as the Job controller sees it. */
export interface JobPod {
  readonly id: number;
  readonly index: number | undefined;
  /** The annotations job-index-failure-count and job-index-ignored-failure-count. */
  readonly indexFailures: number;
  readonly indexIgnored: number;
  readonly createdAt: number;
  readonly exits: readonly PodContainerState[];
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  deletedAt: number | undefined;
  disrupted: boolean;
  /** It has the finalizer by which the Job controller counts it. */
  tracked: boolean;
}

export type NewJobPod = Pick<JobPod, 'index' | 'indexFailures' | 'indexIgnored'>;

interface Surroundings {
  readonly template: PodTemplateSpec;
  readonly tries: (pod: number, index: number | undefined) => PodTry;
  readonly containerBackOff: () => ContainerBackOff;
  readonly tell: (entry: TraceEntry) => void;
  /** The watch: a pod was made, changed or is gone. */
  readonly changed: () => void;
}

const SIGTERM: ContainerTry = { seconds: 0, exitCode: 143 };
const KILLED = 137;

export class JobPods {
  readonly #all: JobPod[] = [];
  /** Those that nobody has to look at any more: over, counted, and kept for their logs. */
  readonly #kept = new Set<JobPod>();
  readonly #tries = new Map<JobPod, PodTry>();
  readonly #backOffs = new Map<JobPod, ContainerBackOff>();
  #made = 0;

  constructor(
    private readonly queue: EventQueue,
    private readonly world: Surroundings,
  ) {}

  /** All that the Job has still to do with, in the order they were made. */
  get all(): readonly JobPod[] {
    return this.#all;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0 && this.#kept.size === 0;
  }

  /** The garbage collector: the Job is gone or going, and nobody counts its pods any more. */
  deleteAll(): void {
    for (const it of [...this.#all, ...this.#kept]) {
      this.delete(it, 'garbage collector');
      this.untrack(it);
    }
  }

  create(made: NewJobPod): void {
    const { template, tries, containerBackOff } = this.world;
    const exits = (template.spec?.containers ?? []).map(({ name }) => ({
      name,
      restarts: 0,
      running: false,
      exitCode: undefined,
      finishedAt: undefined,
    }));
    const pod: JobPod = {
      ...made,
      id: ++this.#made,
      createdAt: this.queue.now,
      exits,
      phase: 'Pending',
      deletedAt: undefined,
      disrupted: false,
      tracked: true,
    };
    const own = tries(pod.id, pod.index);
    this.#all.push(pod);
    this.#tries.set(pod, own);
    this.#backOffs.set(pod, containerBackOff());
    this.#tell(pod, 'created', pod.index === undefined ? undefined : { index: pod.index });
    this.queue.at(this.queue.now + (own.startsAfter ?? 0), () => this.#start(pod));
    const { ended } = own;
    if (!ended) return;
    this.queue.at(this.queue.now + ended.after, () => {
      if (isOver(pod) || !this.#all.includes(pod)) return;
      pod.disrupted = ended.by === 'eviction';
      this.delete(pod, ended.by);
    });
  }

  /** Asks for the end of a pod; its containers are told, and have the grace period. */
  delete(pod: JobPod, by: 'eviction' | 'client' | 'job' | 'garbage collector'): void {
    if (pod.deletedAt !== undefined) return;
    pod.deletedAt = this.queue.now;
    if (!isOver(pod)) this.#tell(pod, 'deletion', by);
    const running = pod.exits.filter((it) => it.running);
    if (running.length === 0) this.#end(pod);
    const graceSeconds = this.world.template.spec?.terminationGracePeriodSeconds ?? 30;
    const { seconds, exitCode } = this.#tries.get(pod)?.stops ?? SIGTERM;
    const late = seconds > graceSeconds;
    for (const it of running) {
      const run = it.restarts;
      this.queue.at(this.queue.now + Math.min(seconds, graceSeconds), () => {
        if (it.restarts === run) this.#exit(pod, it, late ? KILLED : exitCode);
      });
    }
  }

  /** Removes the finalizer: what is being deleted, and over, is gone. */
  untrack(pod: JobPod): void {
    if (!pod.tracked) return;
    pod.tracked = false;
    this.world.changed();
    if (isOver(pod) && pod.deletedAt === undefined) {
      this.#all.splice(this.#all.indexOf(pod), 1);
      this.#kept.add(pod);
    }
    this.#removeIfDone(pod);
  }

  #start(pod: JobPod): void {
    if (pod.phase !== 'Pending' || pod.deletedAt !== undefined) return;
    pod.phase = 'Running';
    this.#tell(pod, 'running');
    for (const it of pod.exits) this.#run(pod, it);
  }

  #run(pod: JobPod, it: PodContainerState): void {
    it.running = true;
    it.finishedAt = undefined;
    const { runs, containers } = this.#tries.get(pod) ?? { runs: [] };
    const own = containers?.[it.name] ?? runs;
    const run = it.restarts;
    const { seconds, exitCode } = own[run] ?? own.at(-1) ?? { seconds: 0, exitCode: 0 };
    this.queue.at(this.queue.now + seconds, () => {
      if (it.restarts === run) this.#exit(pod, it, exitCode);
    });
  }

  #exit(pod: JobPod, it: PodContainerState, exitCode: number): void {
    if (!it.running) return;
    it.running = false;
    it.exitCode = exitCode;
    it.finishedAt = this.queue.now;
    const { name: container, restarts } = it;
    this.#tell(pod, 'exit', { container, exitCode, restarts });
    const inPlace = this.world.template.spec?.restartPolicy === 'OnFailure';
    if (pod.deletedAt !== undefined) {
      if (!pod.exits.some((other) => other.running)) this.#end(pod);
    } else if (inPlace && exitCode !== 0) this.#restart(pod, it);
    else if (pod.exits.every((other) => other.finishedAt !== undefined)) this.#end(pod);
  }

  /** The kubelet starts it again when its back-off has passed. */
  #restart(pod: JobPod, it: PodContainerState): void {
    const backOff = this.#backOffs.get(pod);
    const { finishedAt = 0 } = it;
    const until = backOff?.until(it.name, finishedAt, finishedAt) ?? finishedAt;
    it.finishedAt = undefined;
    this.queue.at(until, () => {
      if (pod.deletedAt !== undefined) return;
      backOff?.next(it.name, finishedAt, until);
      it.restarts++;
      this.#tell(pod, 'restart', { container: it.name, restarts: it.restarts });
      this.#run(pod, it);
    });
  }

  /** Nothing of it runs any more. */
  #end(pod: JobPod): void {
    if (!isOver(pod)) {
      const well = pod.exits.every((it) => it.exitCode === 0);
      pod.phase = well ? 'Succeeded' : 'Failed';
      this.#tell(pod, 'phase', pod.phase);
    }
    this.#removeIfDone(pod);
  }

  #removeIfDone(pod: JobPod): void {
    if (pod.deletedAt === undefined || pod.tracked || !isOver(pod)) return;
    const index = this.#all.indexOf(pod);
    if (index >= 0) this.#all.splice(index, 1);
    else if (!this.#kept.delete(pod)) return;
    this.#tell(pod, 'gone');
  }

  #tell(pod: JobPod, what: string, detail?: unknown): void {
    const entry = { t: this.queue.now, source: 'pod', what, container: `${pod.id}` } as const;
    this.world.tell(detail === undefined ? entry : { ...entry, detail });
    this.world.changed();
  }
}

/** Succeeded or Failed. */
export function isOver({ phase }: JobPod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** IsPodActive. */
export function isActive(pod: JobPod): boolean {
  return !isOver(pod) && pod.deletedAt === undefined;
}

/** IsPodTerminating. */
export function isTerminating(pod: JobPod): boolean {
  return !isOver(pod) && pod.deletedAt !== undefined;
}

/**
 * By when it finished, in whole seconds: by its containers, else by the request to delete it.
 * Follows getFinishedTime of pkg/controller/job/backoff_utils.go.
 */
export function finishedAt({ exits, deletedAt, createdAt }: JobPod): number {
  const ends = exits.map((it) => it.finishedAt ?? Number.NaN);
  if (ends.length > 0 && ends.every((it) => !Number.isNaN(it))) return stored(Math.max(...ends));
  return stored(deletedAt ?? createdAt);
}
