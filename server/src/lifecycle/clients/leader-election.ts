/**
 * Replicas that elect a leader by a Lease. Follows the loop of
 * staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go: who does not lead looks
 * every retry period, longer by up to the jitter; the lease is over when it has not changed for its
 * duration *since the looker first saw it so*; a leader whose context ends stops renewing, and
 * empties the lease where it is told to release it.
 */
import { Clock, type Process } from '../kubelet/clock.ts';
import type { ClientEntry } from './network.ts';

/** One replica, in seconds. */
export interface Candidate {
  readonly name: string;
  readonly starts: number;
  /** It is told to end: a leader leads no more. */
  readonly cancelled: number;
}

/** The election's flags, in seconds. */
export interface ElectionPlan {
  readonly candidates: readonly Candidate[];
  readonly leaseSeconds: number;
  readonly retrySeconds: number;
  /** `ReleaseOnCancel`. */
  readonly releases: boolean;
  readonly until: number;
}

/** By how much a retry period may be longer: up to JitterFactor of the package. */
const JITTERS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2];

interface LeaseRecord {
  readonly holder: string;
  readonly seconds: number;
}

/** Who leads when: each entry's window is over runs with different jitters. */
export function simulateElection(plan: ElectionPlan): readonly ClientEntry[] {
  const [told = [], ...others] = JITTERS.map((it) => run(plan, it));
  return told.map((entry, i) => {
    const same = others
      .flatMap((it) => it[i] ?? [])
      .filter((it) => it.what === entry.what && it.container === entry.container);
    const times = [entry, ...same].map((it) => it.t);
    return { ...entry, t: Math.min(...times), latest: Math.max(...times) };
  });
}

function run(plan: ElectionPlan, jitter: number): readonly ClientEntry[] {
  const election = new Election(plan, jitter);
  for (const it of plan.candidates) election.clock.spawn(election.candidate(it));
  election.clock.run((next) => next > plan.until);
  return election.entries;
}

class Election {
  readonly clock = new Clock();
  readonly entries: ClientEntry[] = [];
  readonly #plan: ElectionPlan;
  readonly #jitter: number;
  #lease: LeaseRecord | undefined;

  constructor(plan: ElectionPlan, jitter: number) {
    this.#plan = plan;
    this.#jitter = jitter;
  }

  *candidate({ name, starts, cancelled }: Candidate): Process {
    yield starts;
    const { retrySeconds } = this.#plan;
    let seen: LeaseRecord | undefined;
    let since = this.clock.now;
    while (this.clock.now < cancelled) {
      if (seen !== this.#lease) {
        seen = this.#lease;
        since = this.clock.now;
      }
      const isHeld = seen?.holder && since + seen.seconds > this.clock.now;
      if (!isHeld) return yield* this.#lead(name, cancelled);
      if (this.clock.now === starts) this.#tell('waits', name);
      yield retrySeconds * (1 + this.#jitter);
    }
  }

  *#lead(name: string, cancelled: number): Process {
    const { leaseSeconds, retrySeconds, releases } = this.#plan;
    this.#tell('leads', name);
    while (this.clock.now < cancelled) {
      // A new record each time: it is the change that others see.
      this.#lease = { holder: name, seconds: leaseSeconds };
      yield Math.min(retrySeconds, cancelled - this.clock.now);
    }
    this.#tell('stops-leading', name);
    if (!releases) return;
    this.#lease = { holder: '', seconds: 1 };
    this.#tell('released', name);
  }

  #tell(what: string, container: string): void {
    this.entries.push({ t: this.clock.now, source: 'lease', what, container });
  }
}
