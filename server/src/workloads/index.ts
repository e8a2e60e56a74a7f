export {
  autoscaledReplicas,
  autoscalerBounds,
  isScaledBy,
  SYNC_SECONDS,
  type AutoscalerBounds,
} from './autoscaling.ts';
export { ScalingMemory } from './autoscaler-arithmetic.ts';
export {
  simulateAutoscaling,
  targetOf,
  type Autoscaling,
  type AutoscalingStory,
} from './autoscaler-run.ts';
export {
  budgetStatus,
  evict,
  type BudgetedPods,
  type BudgetStatus,
  type EvictedPod,
  type EvictionVerdict,
} from './disruption.ts';
export {
  createPods,
  expandWorkload,
  isWorkload,
  type AdmitPod,
  type Created,
  type Expansion,
  type Workload,
} from './expand.ts';
export { simulateCronJob, type CronJobRun, type CronJobWorld } from './jobs/cron-job-run.ts';
export { cronSchedule } from './jobs/cron-schedule.ts';
export { cronIntervalSeconds } from './jobs/cron-interval.ts';
export type {
  ContainerBackOff,
  ContainerTry,
  JobRun,
  JobWorld,
  PodTry,
  TraceEntry,
} from './jobs/job-model.ts';
export { describeRetries, jobRetries, type JobRetries } from './jobs/job-retries.ts';
export { simulateJob } from './jobs/job-run.ts';
export {
  longestOutage,
  simulateDisruption,
  type DisruptionEntry,
  type DisruptionStory,
  type NodeEvent,
} from './node-disruption.ts';
export { type LeftOutNode } from './daemon-set.ts';
export { namedAs, PLACEHOLDER_HASH, podRequest, type BuiltPod } from './pod-from-template.ts';
export { simulateRollout } from './rollout.ts';
export type {
  EvictionAnswer,
  Held,
  PodBehaviour,
  PodCounts,
  Rollout,
  RolloutChange,
  RolloutNotice,
  RolloutOutcome,
  RolloutPod,
  RolloutStep,
  RolloutSurroundings,
  RolloutWorkload,
} from './rollout-model.ts';
export { claimSharing, volumeHazards, type ClaimSharing } from './rollout-volumes.ts';
export { deploymentPlan, resolveFenceposts } from './rollout-plan.ts';
export {
  attachInOrder,
  attachmentOf,
  multiAttachError,
  type AttachedPod,
  type Disks,
} from './volume-attachment.ts';
export { surroundingsOf, type RolloutWorld } from './rollout-surroundings.ts';
export { describeDrain, describeRollout } from './rollout-text.ts';
export { compareForScaleDown, scaleDownOrder, type ScaledPod } from './scale-down.ts';
export {
  budgetInWorld,
  budgetSelects,
  planDrain,
  scaleOf,
  type DrainedPod,
  type DrainEviction,
  type DrainOptions,
  type DrainPlan,
} from './drain.ts';
export { WORKLOADS_UPSTREAM } from './upstream.ts';
