/**
 * Preemption over time: pods arrive, those that find no room send others away, and wait until these
 * are gone.
 * Follows pkg/scheduler/framework/preemption/preemption.go (prepareCandidate),
 * pkg/scheduler/backend/queue/scheduling_queue.go and pkg/scheduler/schedule_one.go. Left out: that
 * a removal wakes only pods it may help (all that wait are tried), and the jitter of the API.
 */
import { ClusterSnapshot } from '../cluster/index.ts';
import type { KubernetesObject, Pod } from '../manifest/index.ts';
import { schedule } from './scheduling-cycle.ts';
import { inQueueOrder } from './scheduling-queue.ts';
import { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** A world of bound pods, and those that come. */
export interface PreemptionStory {
  /** Everything but pods. */
  readonly objects: readonly KubernetesObject[];
  readonly pods: readonly Pod[];
  /** In the order they come; times in seconds. */
  readonly arrivals: readonly { readonly at: number; readonly pod: Pod }[];
  /** Seconds from the deletion of a victim to the removal of its object. */
  readonly exitAfter: (victim: Pod) => number;
}

/** One thing that happened, in seconds. */
export interface PreemptionEntry {
  readonly t: number;
  readonly what: 'arrives' | 'nominated' | 'unschedulable' | 'preempted' | 'gone' | 'bound';
  readonly pod: Pod;
  /** The node it is nominated for, bound to or goes from. */
  readonly node: string;
}

/** A cycle and the write after it, in seconds. */
const CYCLE_SECONDS = 0.01;
/** The back-off of a pod that found no node doubles between these, in seconds. */
const FIRST_BACK_OFF_SECONDS = 1;
const LONGEST_BACK_OFF_SECONDS = 10;
/** What is not settled by then is left. */
const MAX_EVENTS = 10_000;

/** Plays until nothing is left to happen. */
export function simulatePreemption(story: PreemptionStory): readonly PreemptionEntry[] {
  return new PreemptionRun(story).entries;
}

/** A pod without a node; something has happened since its last try where it is woken. */
interface Waiting {
  readonly pod: Pod;
  readonly attempts: number;
  readonly lastTry: number;
  isWoken: boolean;
}

class PreemptionRun {
  readonly entries: PreemptionEntry[] = [];
  readonly #story: PreemptionStory;
  #pods: readonly Pod[];
  #waiting: Waiting[] = [];
  #planned: { readonly at: number; readonly act: () => void }[] = [];
  #now = 0;

  constructor(story: PreemptionStory) {
    this.#story = story;
    this.#pods = story.pods;
    for (const { at, pod } of story.arrivals) this.#at(at, () => this.#arrive(pod));
    for (let i = 0; i < MAX_EVENTS; i++) {
      const next = this.#planned.shift();
      if (!next) return;
      this.#now = next.at;
      next.act();
    }
  }

  /** After all that was planned for the same time before. */
  #at(at: number, act: () => void): void {
    this.#planned = [...this.#planned, { at, act }].toSorted((a, b) => a.at - b.at);
  }

  #tell(what: PreemptionEntry['what'], pod: Pod, node = ''): void {
    this.entries.push({ t: this.#now, what, pod, node });
  }

  #arrive(pod: Pod): void {
    this.#tell('arrives', pod);
    this.#waiting.push({ pod, attempts: 0, lastTry: -Infinity, isWoken: true });
    this.#at(this.#now + CYCLE_SECONDS, () => this.#tryAll());
  }

  /** Tries who is woken and does not back off, in the order of the queue. */
  #tryAll(): void {
    const byPod = new Map(this.#waiting.filter((it) => it.isWoken).map((it) => [it.pod, it]));
    for (const pod of inQueueOrder([...byPod.keys()], this.#snapshot())) {
      const waiting = byPod.get(pod);
      if (!waiting) continue;
      const due = waiting.lastTry + backOff(waiting.attempts);
      if (due <= this.#now) this.#tryOne(waiting);
      else this.#at(due, () => this.#tryAll());
    }
  }

  #tryOne(waiting: Waiting): void {
    const result = schedule(waiting.pod, this.#snapshot());
    this.#waiting = this.#waiting.filter((it) => it !== waiting);
    if (result.nodeName !== undefined) {
      const spec = { ...waiting.pod.spec, nodeName: result.nodeName };
      this.#pods = [...this.#pods, { ...waiting.pod, spec }];
      this.#tell('bound', waiting.pod, result.nodeName);
      return;
    }
    const { nominatedNodeName } = result;
    const status = nominatedNodeName
      ? ({ ...waiting.pod.status, nominatedNodeName } as Pod['status'])
      : waiting.pod.status;
    const { attempts } = waiting;
    this.#waiting.push({
      pod: { ...waiting.pod, status },
      attempts: attempts + 1,
      lastTry: this.#now,
      isWoken: false,
    });
    if (nominatedNodeName === undefined) {
      if (attempts === 0) this.#tell('unschedulable', waiting.pod);
      return;
    }
    this.#tell('nominated', waiting.pod, nominatedNodeName);
    for (const victim of result.victims) this.#preempt(victim, nominatedNodeName);
  }

  /** A victim keeps its grace period; one that is going already is not told again. */
  #preempt(victim: Pod, node: string): void {
    if (victim.metadata.deletionTimestamp !== undefined) return;
    this.#tell('preempted', victim, node);
    const leaving = terminating(victim);
    this.#pods = this.#pods.map((it) => (it === victim ? leaving : it));
    this.#at(this.#now + this.#story.exitAfter(victim), () => {
      this.#pods = this.#pods.filter((it) => it !== leaving);
      this.#tell('gone', victim, node);
      for (const it of this.#waiting) it.isWoken = true;
      this.#at(this.#now + CYCLE_SECONDS, () => this.#tryAll());
    });
  }

  #snapshot(): SchedulingSnapshot {
    const pods = [...this.#pods, ...this.#waiting.map((it) => it.pod)];
    const objects = [...this.#story.objects, ...(pods as unknown as readonly KubernetesObject[])];
    return SchedulingSnapshot.of(new ClusterSnapshot(objects));
  }
}

function backOff(attempts: number): number {
  if (attempts === 0) return 0;
  return Math.min(FIRST_BACK_OFF_SECONDS * 2 ** (attempts - 1), LONGEST_BACK_OFF_SECONDS);
}

/** As the API server has a victim until its kubelet is done. */
function terminating(pod: Pod): Pod {
  const target = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' };
  return {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: '1970-01-01T00:00:00Z' },
    status: { ...pod.status, conditions: [...(pod.status?.conditions ?? []), target] },
  };
}
