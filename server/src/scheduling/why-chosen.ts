/** Why the chosen node won: what its scores have over those of the next best. */
import type { NodeVerdict, SchedulingResult } from './scheduling-result.ts';

/** How the chosen node compares with the best of the others. */
export interface Advantage {
  readonly nodeName: string;
  readonly total: number;
  /** The next best node; undefined where no other is feasible. */
  readonly over: string | undefined;
  /** By plugin, what the chosen node has more, or less, than the next best; the largest first. */
  readonly differences: readonly { readonly plugin: string; readonly points: number }[];
  /** For people: `571 points, 12 more than node-a: NodeResourcesFit +8, ImageLocality +4`. */
  readonly message: string;
}

/** Why the node of a result was chosen; undefined where none was. */
export function whyChosen(result: SchedulingResult): Advantage | undefined {
  const { nodeName, tied } = result;
  const feasible = result.perNode.filter((it) => it.feasible);
  const winner = feasible.find((it) => it.nodeName === nodeName);
  if (!winner) return undefined;
  const total = winner.total ?? 0;
  if (result.wasPromised) {
    const message = 'preemption cleared it for this pod, so no other node is looked at';
    return { nodeName: winner.nodeName, total, over: undefined, differences: [], message };
  }
  const best = new Set(tied);
  const others = feasible.filter((it) => !best.has(it.nodeName));
  const next = others.reduce<NodeVerdict | undefined>(
    (so, it) => ((it.total ?? 0) > (so?.total ?? -1) ? it : so),
    undefined,
  );
  const differences = differencesOf(winner, next);
  return {
    nodeName: winner.nodeName,
    total,
    over: next?.nodeName,
    differences,
    message: messageOf(total, tied.length, feasible.length, next, differences),
  };
}

function differencesOf(winner: NodeVerdict, next: NodeVerdict | undefined) {
  if (!next) return [];
  return Object.entries(winner.scores ?? {})
    .map(([plugin, points]) => ({ plugin, points: points - (next.scores?.[plugin] ?? 0) }))
    .filter((it) => it.points !== 0)
    .sort((a, b) => b.points - a.points);
}

function messageOf(
  total: number,
  tied: number,
  feasible: number,
  next: NodeVerdict | undefined,
  differences: Advantage['differences'],
): string {
  if (feasible === 1) return 'the only node that fits';
  const chance =
    tied > 1
      ? `; ${tied - 1} other ${tied === 2 ? 'node has' : 'nodes have'} as many, and chance decides`
      : '';
  if (!next) return `${total} points${chance}`;
  const parts = differences.map((it) => `${it.plugin} ${it.points > 0 ? '+' : ''}${it.points}`);
  const more = total - (next.total ?? 0);
  return `${total} points, ${more} more than ${next.nodeName}: ${parts.join(', ')}${chance}`;
}
