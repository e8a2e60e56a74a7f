/** A run of the network as steps that people read: only what decides it. */
import type { LifecycleTimeline, NetworkEdge, OrderWitness } from '../lifecycle/index.ts';
import type { WitnessStep } from './race-rule.ts';

/** The events on the two chains that decide an order, in the order they happen in this run. */
export function decisiveSteps(
  timeline: LifecycleTimeline,
  witness: OrderWitness,
): readonly WitnessStep[] {
  const chain = witness.decisive.map(({ edge, seconds }) => ({ edge, seconds }));
  return stepsOf(timeline, witness.moments, chain, [witness.first, witness.second]);
}

/** The same for an order that is always the wrong one: the quickest run, by the chain that proves it. */
export function certainSteps(
  timeline: LifecycleTimeline,
  chain: readonly { readonly edge: NetworkEdge; readonly seconds: number }[],
  ends: readonly string[],
): readonly WitnessStep[] {
  const run = timeline.network.run((edge) => edge.delay.earliest);
  return stepsOf(timeline, run.moments, chain, ends);
}

function stepsOf(
  timeline: LifecycleTimeline,
  moments: OrderWitness['moments'],
  chain: readonly { readonly edge: NetworkEdge; readonly seconds: number }[],
  ends: readonly string[],
): readonly WitnessStep[] {
  const shown = new Set(ends);
  for (const { edge, seconds } of chain) {
    // What follows at once adds nothing.
    if (seconds === 0) continue;
    shown.add(edge.from);
    shown.add(edge.to);
  }
  return moments
    .filter(({ id, seconds }) => shown.has(id) && Number.isFinite(seconds))
    .map(({ id, seconds }) => ({ at: seconds, text: timeline.event(id)?.label ?? id, event: id }));
}
