/**
 * Decides the order in which things happen: a clock that jumps from event to event, and processes
 * (generators) that wait on it. No real time, no chance: equal times keep the order they were set.
 */

/** What a process waits for: seconds, or a signal with an optional time limit. */
export type Wait = number | { readonly signal: Signal; readonly seconds?: number };

/** A course of action over time. A wait returns true, or false where its time limit came first. */
export type Process<T = void> = Generator<Wait, T, boolean>;

/** Something that happens once. */
export class Signal {
  fired = false;
  #listeners: (() => void)[] = [];

  fire(): void {
    if (this.fired) return;
    this.fired = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  onFire(listener: () => void): void {
    if (this.fired) listener();
    else this.#listeners.push(listener);
  }
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly act: () => void;
}

/** No scenario needs more events than this; a runaway one just ends. */
const MAX_EVENTS = 60_000;

/** The simulated clock, in seconds since the pod was created. */
export class Clock {
  now = 0;
  #heap: Entry[] = [];
  #order = 0;

  after(seconds: number, act: () => void): void {
    this.#push({ time: this.now + (seconds > 0 ? seconds : 0), order: this.#order++, act });
  }

  at(time: number, act: () => void): void {
    this.after(time - this.now, act);
  }

  /** Runs a process from now on; `done` gets its result. */
  spawn<T>(process: Process<T>, done?: (result: T) => void): void {
    this.#resume(process, true, done);
  }

  /** Runs everything until `ended` says so or nothing is left. */
  run(ended: (next: number) => boolean): void {
    for (let count = 0; count < MAX_EVENTS; count++) {
      const entry = this.#pop();
      if (entry === undefined || ended(entry.time)) return;
      this.now = entry.time;
      entry.act();
    }
  }

  #resume<T>(process: Process<T>, value: boolean, done?: (result: T) => void): void {
    let answer = value;
    for (;;) {
      const step = process.next(answer);
      if (step.done === true) return done?.(step.value);
      const wait = step.value;
      if (typeof wait === 'number') {
        return this.after(wait, () => this.#resume(process, true, done));
      }
      if (!wait.signal.fired) return this.#await(process, wait.signal, wait.seconds, done);
      answer = true;
    }
  }

  #await<T>(
    process: Process<T>,
    signal: Signal,
    seconds: number | undefined,
    done: ((result: T) => void) | undefined,
  ): void {
    let settled = false;
    const settle = (value: boolean) => {
      if (settled) return;
      settled = true;
      this.after(0, () => this.#resume(process, value, done));
    };
    signal.onFire(() => settle(true));
    if (seconds !== undefined) {
      this.after(seconds, () => {
        if (settled) return;
        settled = true;
        this.#resume(process, false, done);
      });
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, entry)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && before(right, left)) {
        least = right;
        child++;
      }
      if (before(last, least)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
