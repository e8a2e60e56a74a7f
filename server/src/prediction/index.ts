export { admit, type AdmissionOutcome } from './admit.ts';
export { definesKind, replacePods, runApply, type ApplyRun } from './apply-run.ts';
export { predictDrain } from './drain-prediction.ts';
export { PredictionMemory } from './memory.ts';
export { otherPods, refusalBeside, renamed } from './pods-beside.ts';
export { predictRollout, type RolloutPlan } from './rollout-prediction.ts';
export { predict, Prediction } from './prediction.ts';
export {
  nameOf,
  SHUTDOWN_CAUSES,
  WorkloadPrediction,
  type PredictedPod,
} from './workload-prediction.ts';
export type { AdmittedManifest, World } from './world.ts';
