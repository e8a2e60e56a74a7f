/** Everything of upstream that this folder follows, for docs/fidelity.md. */
import type { Upstream } from '../explanation/index.ts';
import { autoscalerArithmeticUpstream } from './autoscaler-arithmetic.ts';
import { autoscalerRunUpstream } from './autoscaler-run.ts';
import { daemonSetUpstream } from './daemon-set.ts';
import { disruptionUpstream, evictionUpstream } from './disruption.ts';
import { drainUpstream } from './drain.ts';
import { cronJobUpstream, jobUpstream } from './job.ts';
import { cronJobRunUpstream } from './jobs/cron-job-run.ts';
import { jobRunUpstream } from './jobs/job-controller.ts';
import { ttlUpstream } from './jobs/job-run.ts';
import { nodeMatchUpstream } from './node-match.ts';
import { podFromTemplateUpstream } from './pod-from-template.ts';
import { deploymentUpstream, replicaSetUpstream } from './replica-set.ts';
import { rolloutConditionsUpstream } from './rollout-conditions.ts';
import { rolloutDaemonSetUpstream } from './rollout-daemon-set.ts';
import { rolloutDeploymentUpstream } from './rollout-deployment.ts';
import { rolloutPlanUpstream } from './rollout-plan.ts';
import { rolloutProgressUpstream } from './rollout-progress.ts';
import { rolloutStatefulSetUpstream } from './rollout-stateful-set.ts';
import { rolloutVolumesUpstream } from './rollout-volumes.ts';
import { scaleDownUpstream } from './scale-down.ts';
import { statefulSetUpstream } from './stateful-set.ts';
import { volumeAttachmentUpstream } from './volume-attachment.ts';

/** By the name of what follows it. */
export const WORKLOADS_UPSTREAM: Readonly<Record<string, Upstream>> = {
  'pods of templates': podFromTemplateUpstream,
  'ReplicaSet pods': replicaSetUpstream,
  'Deployment pods': deploymentUpstream,
  'StatefulSet pods': statefulSetUpstream,
  'DaemonSet pods': daemonSetUpstream,
  'DaemonSet nodes': nodeMatchUpstream,
  'Job pods': jobUpstream,
  'CronJob pods': cronJobUpstream,
  'Jobs over time': jobRunUpstream,
  'CronJobs over time': cronJobRunUpstream,
  'TTL after finished': ttlUpstream,
  'Deployment rollouts': rolloutDeploymentUpstream,
  'Deployment strategies': rolloutPlanUpstream,
  'Deployment conditions': rolloutConditionsUpstream,
  'Deployment progress': rolloutProgressUpstream,
  'StatefulSet rollouts': rolloutStatefulSetUpstream,
  'DaemonSet rollouts': rolloutDaemonSetUpstream,
  'volumes in rollouts': rolloutVolumesUpstream,
  'volume attachment': volumeAttachmentUpstream,
  'scale down': scaleDownUpstream,
  'PodDisruptionBudget status': disruptionUpstream,
  evictions: evictionUpstream,
  'node drains': drainUpstream,
  autoscaling: autoscalerRunUpstream,
  'replicas of autoscalers': autoscalerArithmeticUpstream,
};
