/**
 * The status of a simulated pod as endpoints read it: the spans of one typical life, each beginning
 * within the bounds that all lives give it.
 */
import type { PodStatusHistory, PodStatusSpan } from '../../cluster/index.ts';
import type { BoundedEntry, TraceEntry } from './trace.ts';

const START: PodStatusSpan = {
  earliest: 0,
  latest: 0,
  hasIP: false,
  ready: false,
  terminating: false,
  terminal: false,
  gone: false,
};

/** An entry of one life, with its bounds over all. */
export interface PlacedEntry {
  readonly entry: TraceEntry;
  readonly bounds: Pick<BoundedEntry, 'earliest' | 'latest'>;
}

export function historyOf(entries: readonly PlacedEntry[]): PodStatusHistory {
  const spans: PodStatusSpan[] = [START];
  for (const { entry, bounds } of entries) {
    const last = spans.at(-1) ?? START;
    const change = changeOf(entry);
    if (change === undefined || entry.pod !== undefined) continue;
    const next = { ...last, ...bounds, ...change };
    const same =
      next.hasIP === last.hasIP &&
      next.ready === last.ready &&
      next.terminating === last.terminating &&
      next.terminal === last.terminal &&
      next.gone === last.gone;
    if (!same) spans.push(next);
  }
  return { spans };
}

function changeOf({ source, what, detail }: TraceEntry): Partial<PodStatusSpan> | undefined {
  if (source !== 'status') return undefined;
  switch (what) {
    case 'podIP':
      return { hasIP: true };
    case 'deletion':
      return { terminating: true };
    case 'deleted':
      return { gone: true };
    case 'phase':
      return { terminal: detail === 'Succeeded' || detail === 'Failed' };
    case 'condition': {
      const { type, status } = detail as { type?: string; status?: string };
      return type === 'Ready' ? { ready: status === 'True' } : undefined;
    }
    default:
      return undefined;
  }
}
