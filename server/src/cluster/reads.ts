/**
 * What an answer was worked out from. While something is worked out, every question it asks of the
 * declared world is noted with its answer; as long as each question still has the same answer, so
 * has the whole. This is how a keystroke costs what it changes.
 */
import type { ClusterSnapshot } from './cluster-snapshot.ts';

/** Which of the worlds of one prediction a question was put to: as written, stored, scheduled. */
export type SnapshotRole = 'declared' | 'stored' | 'scheduling';

/** The world as it is now, for asking again. */
export interface ReadContext {
  /** A number of its own for every context, so that a question is asked once in each. */
  readonly epoch: number;
  snapshot(role: SnapshotRole): ClusterSnapshot | undefined;
}

let epochs = 0;

/** A number that no context has had before. */
export function nextEpoch(): number {
  return ++epochs;
}

/** One question and its answer, or many of them. */
export class Read {
  readonly #same: (now: ReadContext) => boolean;
  #epoch = 0;
  #holds = false;

  constructor(same: (now: ReadContext) => boolean) {
    this.#same = same;
  }

  /** Whether the answer is still the same. */
  holds(now: ReadContext): boolean {
    if (this.#epoch !== now.epoch) {
      this.#holds = this.#same(now);
      this.#epoch = now.epoch;
    }
    return this.#holds;
  }
}

/** What never holds again: an answer that depends on everything. */
export const EVERYTHING = new Read(() => false);

let recording: Set<Read> | undefined;

/** Notes a question for whoever is recording. */
export function noteRead(read: Read): void {
  recording?.add(read);
}

/** A value, and what it was worked out from. */
export interface Recorded<T> {
  readonly value: T;
  readonly reads: Read;
}

/** Works something out and records what it asks; the recording around this one asks it, too. */
export function record<T>(work: () => T): Recorded<T> {
  const outer = recording;
  const asked = new Set<Read>();
  recording = asked;
  try {
    const value = work();
    const reads = oneRead(asked);
    outer?.add(reads);
    return { value, reads };
  } finally {
    recording = outer;
  }
}

/** Works something out for everybody: what it asks is not noted where it happens to be asked. */
export function unrecorded<T>(work: () => T): T {
  const outer = recording;
  recording = undefined;
  try {
    return work();
  } finally {
    recording = outer;
  }
}

const NOTHING = new Read(() => true);

function oneRead(asked: ReadonlySet<Read>): Read {
  if (asked.has(EVERYTHING)) return EVERYTHING;
  const all = [...asked];
  const [first] = all;
  if (!first) return NOTHING;
  if (all.length === 1) return first;
  return new Read((now) => all.every((it) => it.holds(now)));
}
