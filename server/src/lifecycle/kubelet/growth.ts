/** How many bytes there are at a time, and when several growths together pass a limit. */
import type { Growth } from './scenario.ts';

/** A growth that began at a time of the clock. */
export interface Running {
  readonly growth: Growth;
  readonly since: number;
}

/** The bytes at a time of the clock. */
export function bytesAt({ growth, since }: Running, now: number): number {
  const { start = 0, perSecond = 0, from = 0, upTo = Infinity } = growth;
  const grown = perSecond * Math.max(0, now - since - from);
  return Math.min(start + grown, Math.max(upTo, start));
}

export function sumAt(running: readonly Running[], now: number): number {
  return running.reduce((sum, it) => sum + bytesAt(it, now), 0);
}

/** The first time from `now` on after which the sum is above the limit; undefined: never. */
export function passes(
  running: readonly Running[],
  limit: number,
  now: number,
): number | undefined {
  // Between two bends the sum is a straight line.
  const bends = running.flatMap(bendsOf).filter((it) => it > now);
  const times = [now, ...new Set(bends.toSorted((a, b) => a - b))];
  for (const [index, begin] of times.entries()) {
    const end = times[index + 1] ?? Infinity;
    const bytes = sumAt(running, begin);
    if (bytes > limit) return begin;
    const later = Number.isFinite(end) ? end : begin + 1;
    const perSecond = (sumAt(running, later) - bytes) / (later - begin);
    const at = begin + (limit - bytes) / perSecond;
    if (perSecond > 0 && at < end) return at;
  }
  return undefined;
}

/** When a growth begins and when it ends. */
function bendsOf({ growth, since }: Running): readonly number[] {
  const { start = 0, perSecond = 0, from = 0, upTo } = growth;
  const begins = since + from;
  if (perSecond <= 0) return [];
  return upTo === undefined ? [begins] : [begins, begins + Math.max(0, upTo - start) / perSecond];
}
