/**
 * How far labels are from a selector: what to change so that the one selects the other.
 * Ours; Kubernetes only knows whether they match.
 */
import type { Labels } from '../manifest/index.ts';

/** One pair of a selector that the labels do not have. */
export interface LabelMismatch {
  readonly key: string;
  readonly wanted: string;
  /** The value of that key; undefined where the labels lack it. */
  readonly found?: string;
  /** A key of the labels that is nearly this one, and has the wanted value. */
  readonly nearKey?: string;
}

/** Longer texts are compared by their beginnings. */
const MAX_COMPARED = 64;

/** The pairs that keep the labels from being selected. */
export function labelMismatches(selector: Labels, labels: Labels = {}): LabelMismatch[] {
  const mismatches: LabelMismatch[] = [];
  for (const [key, wanted] of Object.entries(selector)) {
    const found = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (found === wanted) continue;
    const nearKey = Object.keys(labels).find(
      (it) => labels[it] === wanted && editDistance(it, key) <= 2,
    );
    mismatches.push({ key, wanted, ...(found === undefined ? {} : { found }), nearKey });
  }
  return mismatches;
}

/** Fewer wrong pairs are nearer; of as many, the ones that need fewer letters changed. */
export function labelDistance(mismatches: readonly LabelMismatch[]): number {
  let distance = 0;
  for (const { wanted, found, nearKey } of mismatches) {
    if (nearKey !== undefined) distance += 1000;
    else if (found === undefined) distance += 2000;
    else distance += 1000 + editDistance(found, wanted);
  }
  return distance;
}

/** How many letters must be put in, taken out or exchanged (Levenshtein). */
export function editDistance(a: string, b: string): number {
  const from = a.slice(0, MAX_COMPARED);
  const to = b.slice(0, MAX_COMPARED);
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const exchange = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, exchange));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
