export { findRaces, type FoundRace } from './find-races.ts';
export {
  type Basis,
  type FieldChange,
  type RaceFinding,
  type RaceFix,
  type RaceRule,
  type Severity,
  type WitnessStep,
} from './race-rule.ts';
export {
  type Life,
  type LifePlan,
  type Replay,
  type ReplayStory,
  type ReplayWorld,
  type Simulation,
} from './replay.ts';
export { certainSteps, decisiveSteps } from './witness.ts';
export { RULES } from './rules.ts';
