/** A run of the network as steps that people read: only what decides it. */
import type { LifecycleTimeline, OrderWitness } from '../lifecycle/index.ts';
import type { WitnessStep } from './race-rule.ts';

/** The events on the two chains that decide the order, in the order they happen in this run. */
export function decisiveSteps(
  timeline: LifecycleTimeline,
  witness: OrderWitness,
): readonly WitnessStep[] {
  const shown = new Set([witness.first, witness.second]);
  for (const { edge, seconds } of witness.decisive) {
    shown.add(edge.from);
    // What follows at once adds nothing.
    if (seconds > 0) shown.add(edge.to);
  }
  return witness.moments
    .filter(({ id, seconds }) => shown.has(id) && Number.isFinite(seconds))
    .map(({ id, seconds }) => ({ at: seconds, text: timeline.event(id)?.label ?? id, event: id }));
}
