/**
 * A selector asked about classes of pods instead of pods: each class is asked once a cycle.
 */
import type { PodClass } from '../cluster/index.ts';

/** Whether a class matches, remembered by its id. */
export class ClassMatch {
  readonly #classes: readonly PodClass[];
  readonly #matches: (podClass: PodClass) => boolean;
  /** 0 not asked yet, 1 no, 2 yes. */
  readonly #known: Uint8Array;

  constructor(classes: readonly PodClass[], matches: (podClass: PodClass) => boolean) {
    this.#classes = classes;
    this.#matches = matches;
    // Classes may be added while the cycle runs, by pods that are tried; a few are allowed for.
    this.#known = new Uint8Array(classes.length + 64);
  }

  matches(id: number): boolean {
    const known = this.#known[id];
    if (known === 2) return true;
    if (known === 1) return false;
    const podClass = this.#classes[id];
    const found = podClass !== undefined && this.#matches(podClass);
    if (id < this.#known.length) this.#known[id] = found ? 2 : 1;
    return found;
  }

  /** How many of the ids belong to a class that matches. */
  count(ids: readonly number[]): number {
    let count = 0;
    for (let i = 0; i < ids.length; i++) if (this.matches(ids[i] ?? -1)) count++;
    return count;
  }
}
