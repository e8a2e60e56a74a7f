/**
 * One concrete life, or the bounds of all: the same scenario is lived under a fixed set of timings,
 * and each thing that happens gets the earliest and the latest time it happened.
 */
import type { PodStatusHistory } from '../../cluster/index.ts';
import { alignLives, type Gathered } from './align-lives.ts';
import { live } from './node.ts';
import type { Behaviour, Scenario } from './scenario.ts';
import { historyOf } from './status-history.ts';
import { type Timing, timings, TYPICAL_TIMING } from './timing.ts';
import type { BoundedEntry, BoundedTrace, TraceEntry } from './trace.ts';

/** How many lives the bounds are made of, where no one asks for another number. */
const LIVES = 96;

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

/** How the bounds are made. */
export interface BoundOptions {
  /** How many lives they are made of: fewer where speed counts. */
  readonly lives?: number;
  /** Behaviours instead of the scenario's own: the corners, where only intervals are known. */
  readonly behaviours?: readonly Behaviour[];
  /**
   * Where a range is wider than `seconds` and than this share of a time in it, only the part that
   * holds most lives is kept. Without it the bounds hold for every life.
   */
  readonly narrowTo?: { readonly seconds: number; readonly share: number };
}

/** The bounds of a scenario over everything that no manifest says. */
export function boundPod(scenario: Scenario, options: BoundOptions = {}): BoundedTrace {
  const { gathered, runs } = liveAll(scenario, options);
  const events = [...new Set(gathered.values())]
    .filter((it) => it.entry.source !== 'event' || it.times.length >= runs.length * LIKELY)
    .map((it) => bounded(it, runs.length, options));
  return { events: events.sort((a, b) => a.earliest - b.earliest || a.latest - b.latest) };
}

/** The pod's status over time, as endpoints read it. */
export function podStatusHistory(scenario: Scenario, options: BoundOptions = {}): PodStatusHistory {
  const { gathered, runs } = liveAll(scenario, options);
  const typical = runs[TYPICAL_LIFE % runs.length] ?? [];
  const placed = typical.map((entry) => ({
    entry,
    bounds: rangeOf(gathered.get(entry)?.times ?? [entry.t], options.narrowTo),
  }));
  return historyOf(placed);
}

function liveAll(scenario: Scenario, options: BoundOptions) {
  const behaviours = options.behaviours ?? [scenario.behaviour];
  const runs = timings(options.lives ?? LIVES).flatMap((timing) =>
    behaviours.map((behaviour) => live({ ...scenario, behaviour }, timing).entries),
  );
  return { runs, gathered: alignLives(runs) };
}

/** The range of all times, or of as many as fit where all would be too wide. */
function rangeOf(times: readonly number[], narrowTo: BoundOptions['narrowTo']) {
  const sorted = times.toSorted((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? first;
  let best = { earliest: first, latest: last };
  if (narrowTo === undefined || last - first <= narrowTo.seconds) return best;
  let most = 0;
  for (const [from, earliest] of sorted.entries()) {
    for (let to = from; to < sorted.length; to++) {
      const latest = sorted[to] ?? last;
      const wide = latest - earliest;
      // Within the bounds, only the times count for which these are not too wide.
      const tight = wide <= narrowTo.seconds ? earliest : wide / narrowTo.share;
      const count = sorted.filter((it) => it >= earliest && it <= latest && it >= tight).length;
      if (count > most) {
        most = count;
        best = { earliest, latest };
      }
    }
  }
  return best;
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
