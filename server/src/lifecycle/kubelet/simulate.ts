/**
 * One concrete life, or the bounds of all: the same scenario is lived under a fixed set of timings,
 * and each thing that happens gets the earliest and the latest time it happened.
 */
import type { PodStatusHistory } from '../../cluster/index.ts';
import { live, type Run } from './node.ts';
import type { Behaviour, Scenario } from './scenario.ts';
import { historyOf } from './status-history.ts';
import { type Timing, timings, TYPICAL_TIMING } from './timing.ts';
import { type BoundedEntry, type BoundedTrace, type TraceEntry } from './trace.ts';

/** How many lives the bounds are made of, where no one asks for another number. */
const LIVES = 48;

/** The life with the quickest machine: it merges the least. */
const TYPICAL_LIFE = 0;
/** Events seen in fewer lives than this part are not foretold. */
const LIKELY = 0.4;

/** Lives a scenario once. */
export function simulatePod(
  scenario: Scenario,
  timing: Timing = TYPICAL_TIMING,
): readonly TraceEntry[] {
  return live(scenario, timing).entries;
}

interface Gathered {
  readonly entry: TraceEntry;
  readonly times: number[];
}

/** How the bounds are made. */
export interface BoundOptions {
  /** How many lives they are made of: fewer where speed counts. */
  readonly lives?: number;
  /** Behaviours instead of the scenario's own: the corners, where only intervals are known. */
  readonly behaviours?: readonly Behaviour[];
  /**
   * Where a range is wider than `seconds` and than this share of its own time, only the part that
   * holds most lives is kept. Without it the bounds hold for every life.
   */
  readonly narrowTo?: { readonly seconds: number; readonly share: number };
}

/** The bounds of a scenario over everything that no manifest says. */
export function boundPod(scenario: Scenario, options: BoundOptions = {}): BoundedTrace {
  const { gathered, lives } = liveAll(scenario, options);
  const events = [...gathered.values()]
    .filter((it) => it.entry.source !== 'event' || it.times.length >= lives * LIKELY)
    .map((it) => bounded(it, lives, options));
  return { events: events.sort((a, b) => a.earliest - b.earliest || a.latest - b.latest) };
}

/** The pod's status over time, as endpoints read it. */
export function podStatusHistory(scenario: Scenario, options: BoundOptions = {}): PodStatusHistory {
  const { gathered, runs } = liveAll(scenario, options);
  const typical = runs[TYPICAL_LIFE % runs.length];
  const placed = keysOf(typical?.entries ?? []).map(({ entry, key }) => ({
    entry,
    bounds: rangeOf(gathered.get(key)?.times ?? [entry.t], options.narrowTo),
  }));
  return historyOf(placed);
}

function liveAll(scenario: Scenario, options: BoundOptions) {
  const behaviours = options.behaviours ?? [scenario.behaviour];
  const runs = timings(options.lives ?? LIVES).flatMap((timing) =>
    behaviours.map((behaviour) => live({ ...scenario, behaviour }, timing)),
  );
  const gathered = new Map<string, Gathered>();
  for (const run of runs) gather(run, gathered);
  return { runs, gathered, lives: runs.length };
}

function gather(run: Run, gathered: Map<string, Gathered>): void {
  for (const { entry, key } of keysOf(run.entries)) {
    const known = gathered.get(key);
    if (known === undefined) gathered.set(key, { entry, times: [entry.t] });
    else known.times.push(entry.t);
  }
}

/** Entries with what they are the same by in every life. */
function keysOf(entries: readonly TraceEntry[]): { entry: TraceEntry; key: string }[] {
  const ordinals = new Map<string, number>();
  return entries.map((entry) => {
    const own = identity(entry);
    const ordinal = (ordinals.get(own) ?? 0) + 1;
    ordinals.set(own, ordinal);
    return { entry, key: `${own}#${ordinal}` };
  });
}

function identity({ pod, source, what, container, detail, life }: TraceEntry): string {
  return `${pod ?? ''}|${source}|${what}|${container ?? ''}|${shownDetail(what, detail)}|${life}`;
}

/** The part of a detail that is the same in every life. */
function shownDetail(what: string, detail: unknown): string {
  if (detail === undefined) return '';
  if (what.endsWith('.end') && typeof detail === 'object') {
    const { took: _, ...rest } = detail as Record<string, unknown>;
    return JSON.stringify(rest);
  }
  return JSON.stringify(detail);
}

/** The range of all times, or of most where all would be too wide. */
function rangeOf(times: readonly number[], narrowTo: BoundOptions['narrowTo']) {
  const sorted = times.toSorted((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? first;
  const median = sorted[sorted.length >> 1] ?? first;
  if (narrowTo === undefined) return { earliest: first, latest: last };
  const widest = Math.max(narrowTo.seconds, median * narrowTo.share);
  let best = { earliest: first, latest: last, count: last - first <= widest ? Infinity : 0 };
  for (let from = 0, to = 0; from < sorted.length; from++) {
    const earliest = sorted[from] ?? first;
    while (to + 1 < sorted.length && (sorted[to + 1] ?? last) - earliest <= widest) to++;
    const count = to - from + 1;
    if (count > best.count) best = { earliest, latest: sorted[to] ?? last, count };
  }
  return { earliest: best.earliest, latest: best.latest };
}

function bounded(gathered: Gathered, lives: number, options: BoundOptions): BoundedEntry {
  const { earliest, latest } = rangeOf(gathered.times, options.narrowTo);
  const { source, what, container, pod, detail } = gathered.entry;
  return {
    source,
    what,
    ...(container === undefined ? {} : { container }),
    ...(pod === undefined ? {} : { pod }),
    ...(detail === undefined ? {} : { detail }),
    earliest: round(earliest),
    latest: round(latest),
    ...(gathered.times.length < lives ? { optional: true } : {}),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
