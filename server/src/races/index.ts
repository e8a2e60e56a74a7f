export { findRaces, type FoundRace } from './find-races.ts';
export {
  type Basis,
  type FieldChange,
  type MoveChange,
  type RaceFinding,
  type RaceFix,
  type RaceRule,
  type Severity,
  type WitnessStep,
} from './race-rule.ts';
export {
  type ApplyPlan,
  type ConfigurationPlan,
  type CronJobPlan,
  type JobPlan,
  type LifePlan,
  type OtherPod,
  type AutoscalingPlan,
  type DisruptionPlan,
  type DisruptionTrace,
  type PreemptionTrace,
  type Replay,
  type ReplayEntry,
  type ReplayStory,
  type ReplayWorld,
  type SeenLife,
  type Simulation,
  type Trace,
} from './replay.ts';
export { certainSteps, decisiveSteps } from './witness.ts';
export { RULES } from './rules.ts';
