/**
 * One concrete life, or the bounds of all: the same scenario is lived under a fixed set of timings,
 * and each thing that happens gets the earliest and the latest time it happened.
 */
import { live, type Run } from './node.ts';
import type { Scenario } from './scenario.ts';
import { type Timing, timings, TYPICAL_TIMING } from './timing.ts';
import { type BoundedEntry, type BoundedTrace, detailText, type TraceEntry } from './trace.ts';

/** How many lives the bounds are made of, where no one asks for another number. */
const LIVES = 48;

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
  earliest: number;
  latest: number;
  count: number;
}

/** The bounds of a scenario over everything that no manifest says. */
export function boundPod(scenario: Scenario, lives = LIVES): BoundedTrace {
  const runs = timings(lives).map((timing) => live(scenario, timing));
  const gathered = new Map<string, Gathered>();
  for (const run of runs) gather(run, gathered);
  const events = [...gathered.values()]
    .filter((it) => it.entry.source !== 'event' || it.count >= runs.length * LIKELY)
    .map((it) => bounded(it, runs.length));
  return { events: events.sort((a, b) => a.earliest - b.earliest || a.latest - b.latest) };
}

function gather(run: Run, gathered: Map<string, Gathered>): void {
  const ordinals = new Map<string, number>();
  for (const entry of run.entries) {
    const own = identity(entry);
    const ordinal = (ordinals.get(own) ?? 0) + 1;
    ordinals.set(own, ordinal);
    const key = `${own}#${ordinal}`;
    const known = gathered.get(key);
    if (known === undefined) {
      gathered.set(key, { entry, earliest: entry.t, latest: entry.t, count: 1 });
    } else {
      known.earliest = Math.min(known.earliest, entry.t);
      known.latest = Math.max(known.latest, entry.t);
      known.count++;
    }
  }
}

function identity({ pod, source, what, container, detail, life }: TraceEntry): string {
  return `${pod ?? ''}|${source}|${what}|${container ?? ''}|${shownDetail(what, detail)}|${life}`;
}

/** The part of a detail that is the same in every life. */
function shownDetail(what: string, detail: unknown): string {
  if (what.endsWith('.end') && typeof detail === 'object') {
    const { took: _, ...rest } = detail as Record<string, unknown>;
    return detailText(rest);
  }
  return detailText(detail);
}

function bounded(gathered: Gathered, lives: number): BoundedEntry {
  const { source, what, container, pod, detail } = gathered.entry;
  return {
    source,
    what,
    ...(container === undefined ? {} : { container }),
    ...(pod === undefined ? {} : { pod }),
    ...(detail === undefined ? {} : { detail }),
    earliest: round(gathered.earliest),
    latest: round(gathered.latest),
    ...(gathered.count < lives ? { optional: true } : {}),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
