/** What an evaluation carries with it. */
import { CelError, type CelValue } from './values.ts';

/** Names in scope: variables of macros inside, those of the caller outside. */
export interface Scope {
  lookup(name: string): CelValue | undefined;
}

/** What evaluation may spend; one step a node, as upstream's cost is about. */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  get left(): number {
    return this.#left;
  }

  spend(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw new CelError('operation cancelled: actual cost limit exceeded');
  }
}
