/**
 * The sentence of the FailedScheduling event, letter for letter.
 * Follows pkg/scheduler/framework/types.go (FitError.Error).
 */
import type { Refusal } from './framework.ts';

/** What the sentence is made of. */
export interface FitErrorParts {
  readonly nodeCount: number;
  /** The first refusal of each node that has one. */
  readonly refusals: readonly Refusal[];
  /** The reason of the nodes that have none. */
  readonly absent?: string;
  /** Why a preFilter refused the pod; then no node is counted. */
  readonly preFilter?: string;
  /** What the postFilters said. */
  readonly postFilter?: string;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). …` */
export function fitErrorMessage(parts: FitErrorParts): string {
  const { nodeCount, refusals, absent, preFilter, postFilter } = parts;
  let message = `0/${nodeCount} nodes are available:`;
  if (preFilter) {
    message += ` ${preFilter}.`;
  } else {
    const counts = new Map<string, number>();
    const add = (reason: string, count: number): void => {
      counts.set(reason, (counts.get(reason) ?? 0) + count);
    };
    for (const it of refusals) for (const reason of it.reasons) add(reason, 1);
    if (absent && refusals.length < nodeCount) add(absent, nodeCount - refusals.length);
    const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
    if (texts.length > 0) message += ` ${texts.join(', ')}.`;
  }
  if (postFilter) message += ` ${postFilter}`;
  return message;
}
