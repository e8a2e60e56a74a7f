// How long to rest before work that a further edit would make useless: not at all where answers are
// quick, about as long as an answer takes where they are slow.

const QUICK_MILLISECONDS = 40;
const LONGEST_REST_MILLISECONDS = 800;
/** One quick answer does not make a slow engine fast. */
const FORGET = 0.7;

export class Pace {
  #took = 0;

  /** Does the work and remembers how long it took. */
  measure<R>(work: () => R): R {
    const started = performance.now();
    try {
      return work();
    } finally {
      this.#took = Math.max(performance.now() - started, this.#took * FORGET);
    }
  }

  get restMilliseconds(): number {
    return this.#took < QUICK_MILLISECONDS ? 0 : Math.min(this.#took, LONGEST_REST_MILLISECONDS);
  }
}
