/**
 * How much a statement may be believed.
 * `exact`: follows from the manifest and Kubernetes' own rules.
 * `bounded`: so too, but only within bounds (timers, networks).
 * `assumed`: rests on something no manifest says (how the app behaves, how fast the data plane is).
 */
export type Certainty = 'exact' | 'bounded' | 'assumed';

const ORDER: readonly Certainty[] = ['exact', 'bounded', 'assumed'];

/** The certainty of a statement that rests on all of these. */
export function weakestCertainty(all: Iterable<Certainty>): Certainty {
  let weakest: Certainty = 'exact';
  for (const it of all) if (ORDER.indexOf(it) > ORDER.indexOf(weakest)) weakest = it;
  return weakest;
}
