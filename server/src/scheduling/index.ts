export { DEFAULT_PLUGINS, type WeightedPlugin } from './default-plugins.ts';
export type { PluginRefusal } from './filters.ts';
export type { SchedulerPlugin, StatusCode } from './framework.ts';
export { rulings, type Ruling } from './rulings.ts';
export { simulatorAnnotations } from './simulator-annotations.ts';
export { alsoRefusedBy, refusalsOf, schedule, type SchedulingOptions } from './scheduling-cycle.ts';
export {
  simulatePreemption,
  type PreemptionEntry,
  type PreemptionStory,
} from './preemption-run.ts';
export { placedShape, PlacementMemory } from './placement-memory.ts';
export {
  howManyMore,
  nodesToAdd,
  placeAll,
  type Capacity,
  type NodesToAdd,
  type Placement,
  type PlacementPlan,
} from './place-all.ts';
export { applyChanges, type PodChange } from './pod-change.ts';
export { SchedulingResult, type NodeVerdict, type PodRefusal } from './scheduling-result.ts';
export { SchedulingSnapshot, type AssumedClaim } from './scheduling-snapshot.ts';
export { smallestChanges, type Proposal } from './smallest-changes.ts';
export { whyChosen, type Advantage } from './why-chosen.ts';
