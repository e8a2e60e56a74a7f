export { DEFAULT_PLUGINS, type WeightedPlugin } from './default-plugins.ts';
export type { PluginRefusal } from './filters.ts';
export type { SchedulerPlugin, StatusCode } from './framework.ts';
export { alsoRefusedBy, refusalsOf, schedule, type SchedulingOptions } from './scheduling-cycle.ts';
export { SchedulingResult, type NodeVerdict, type PodRefusal } from './scheduling-result.ts';
export { SchedulingSnapshot, type AssumedClaim } from './scheduling-snapshot.ts';
