/** What is still to happen in a simulation, by its time; not upstream code. */

export class EventQueue {
  now = 0;
  readonly #queue: { readonly at: number; readonly act: () => void }[] = [];

  /** Does something at a time, after all that was planned for the same time before. */
  at(seconds: number, act: () => void): void {
    if (!Number.isFinite(seconds)) return;
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

  /** Plays until a time, or until so many events; false where there was more of them. */
  play(until: number, maxEvents: number): boolean {
    for (let i = 0; i < maxEvents; i++) {
      const next = this.#queue.at(-1);
      if (!next || next.at > until) return true;
      this.#queue.pop();
      this.now = next.at;
      next.act();
    }
    return this.#queue.length === 0;
  }
}

/**
 * A key of a delaying workqueue: of two appointments the earlier one stays.
 * Follows staging/src/k8s.io/client-go/util/workqueue/delaying_queue.go.
 */
export class Appointment {
  #at: number | undefined;

  constructor(
    private readonly queue: EventQueue,
    private readonly sync: () => void,
  ) {}

  /** AddAfter. */
  in(seconds: number): void {
    const at = this.queue.now + Math.max(0, seconds);
    if (this.#at !== undefined && this.#at <= at) return;
    this.#at = at;
    this.queue.at(at, () => {
      if (this.#at !== at) return;
      this.#at = undefined;
      this.sync();
    });
  }
}
