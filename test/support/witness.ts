/**
 * Whether a witness can be: its steps that are events of a timeline, in one run that keeps every
 * bound. Follows no code of the engine's own solver, so that each checks the other.
 */
import type { LifecycleTimeline } from '../../server/src/lifecycle/index.ts';
import type { ReplayEntry, WitnessStep } from '../../server/src/races/index.ts';
import { isMoment } from './replay-recorder.ts';

/** Witnesses are told in hundredths of a second. */
const ROUNDING = 0.011;

/** The first step that no admissible run has at its time; undefined where there is such a run. */
export function impossibleStep(
  timeline: LifecycleTimeline,
  steps: readonly WitnessStep[],
): WitnessStep | undefined {
  const told = steps.filter((it) => it.event !== undefined);
  const [first] = told;
  if (!first?.event) return undefined;
  // A story may begin with its first event instead of the request.
  const begins = timeline.event(first.event)?.window.earliest ?? 0;
  const offset = first.at < begins ? begins - first.at : 0;
  const pinned = new Map(told.map((it) => [it.event ?? '', it]));
  const { ids, joins, from, lo, hi, into, sorted } = timeline.network.compiled;
  const earliest: number[] = [];
  const latest: number[] = [];
  for (const event of sorted) {
    const edges = into[event] ?? [];
    const pick = joins[event] === 'any' ? Math.min : Math.max;
    const starts = edges.map((edge) => (earliest[from[edge] ?? 0] ?? 0) + (lo[edge] ?? 0));
    const ends = edges.map((edge) => (latest[from[edge] ?? 0] ?? 0) + (hi[edge] ?? 0));
    earliest[event] = edges.length === 0 ? 0 : pick(...starts);
    latest[event] = edges.length === 0 ? 0 : pick(...ends);
    const step = pinned.get(ids[event] ?? '');
    if (!step) continue;
    const at = step.at + offset;
    const isFirst = step === first && offset > 0;
    if (!isFirst && at < (earliest[event] ?? 0) - ROUNDING) return step;
    if (!isFirst && at > (latest[event] ?? 0) + ROUNDING) return step;
    earliest[event] = at;
    latest[event] = at;
  }
  return undefined;
}

/** The steps that the timeline knows nothing of. */
export function unknownSteps(
  timeline: LifecycleTimeline,
  steps: readonly WitnessStep[],
): readonly WitnessStep[] {
  return steps.filter((it) => it.event !== undefined && !timeline.event(it.event));
}

/** How far a step may be from what a simulation told: it is told to a tenth of a second. */
const TOLD_SECONDS = 0.06;

/**
 * Whether a simulation told a witness: its steps that name a moment, in their order and as far
 * apart as the witness has them. When the story begins is the witness's own affair.
 */
export function isTold(entries: readonly ReplayEntry[], steps: readonly WitnessStep[]): boolean {
  const named = steps.filter((it) => it.moment !== undefined);
  // Where the story may begin, after the steps so far: narrowed by each that follows.
  const search = (index: number, from: number, lo: number, hi: number): boolean => {
    const step = named[index];
    if (!step) return true;
    return entries.some((entry, i) => {
      if (i < from || !isMoment(entry, step.moment ?? '')) return false;
      const earliest = Math.max(lo, entry.t - step.at - TOLD_SECONDS);
      const latest = Math.min(hi, (entry.latest ?? entry.t) - step.at + TOLD_SECONDS);
      return earliest <= latest && search(index + 1, i, earliest, latest);
    });
  };
  return search(0, 0, -Infinity, Infinity);
}
