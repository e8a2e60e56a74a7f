import type { Citable } from '../manifest/index.ts';

/** Why something is so: a sentence, and the fields it rests on. */
export interface Explanation {
  readonly message: string;
  readonly cites: readonly Citable[];
}
