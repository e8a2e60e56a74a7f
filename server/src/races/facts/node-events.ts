/** What replays do to nodes, in the words of the simulation of disruptions. */
import type { NodeEvent } from '../../workloads/index.ts';

/** A drain of the node; nothing where there is none. */
export function drainOf(node: string | undefined, at: number): readonly NodeEvent[] {
  return node === undefined ? [] : [{ do: 'drain', node, at }];
}

/** The loss of the node; of it nothing is heard again, or until so many seconds later. */
export function lossOf(node: string | undefined, at: number, away?: number): readonly NodeEvent[] {
  const end = away === undefined ? {} : { end: { at: at + away, by: 'back' as const } };
  return node === undefined ? [] : [{ do: 'lose', node, at, ...end }];
}
