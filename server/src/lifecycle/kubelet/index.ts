export { RestartBackOff } from './back-off.ts';
export { boundPod, podStatusHistory, simulatePod, type BoundOptions } from './simulate.ts';
export { viewsIn, type ContainerView } from './configuration/container-views.ts';
export type {
  Action,
  AppBehaviour,
  AppCall,
  Behaviour,
  ConfigChange,
  Configuration,
  ExtraPod,
  Host,
  ImageBehaviour,
  KubeletOptions,
  Moment,
  NodeAction,
  PerAttempt,
  Scenario,
} from './scenario.ts';
export { timings, TYPICAL_TIMING, type Timing } from './timing.ts';
export type { BoundedEntry, BoundedTrace, TraceEntry, TraceSource } from './trace.ts';
