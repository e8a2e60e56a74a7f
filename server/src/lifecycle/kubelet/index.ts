export { boundPod, podStatusHistory, simulatePod, type BoundOptions } from './simulate.ts';
export type {
  Action,
  AppBehaviour,
  Behaviour,
  ExtraPod,
  ImageBehaviour,
  Moment,
  PerAttempt,
  Scenario,
} from './scenario.ts';
export { timings, TYPICAL_TIMING, type Timing } from './timing.ts';
export type { BoundedEntry, BoundedTrace, TraceEntry, TraceSource } from './trace.ts';
