export {
  budgetStatus,
  evict,
  type BudgetedPods,
  type BudgetStatus,
  type EvictedPod,
  type EvictionVerdict,
} from './disruption.ts';
export { simulateRollout, MAX_SIMULATED_REPLICAS } from './rollout.ts';
export type {
  EvictionAnswer,
  PodBehaviour,
  PodCounts,
  Rollout,
  RolloutChange,
  RolloutOutcome,
  RolloutPod,
  RolloutStep,
  RolloutSurroundings,
  RolloutWorkload,
} from './rollout-model.ts';
export { resolveFenceposts, rolloutCapacity } from './rollout-plan.ts';
export { compareForScaleDown, scaleDownOrder, type ScaledPod } from './scale-down.ts';
