/**
 * What batch/v1 fills in: Job, CronJob.
 * Follows pkg/apis/batch/v1/defaults.go. The pod template's own defaults are in `pod.ts`.
 */
import type { CronJob, Job } from '../../manifest/index.ts';
import type { Mutable } from '../draft.ts';

const MAX_INT32 = 2147483647;

type JobSpec = Mutable<Job>['spec'];

/** SetDefaults_Job. */
export function setJobDefaults(job: Mutable<Job>): void {
  const { spec, metadata } = job;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32;
  // The one map, as in Go: labels that are put on the template later show on the Job too.
  const labels = spec.template.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
  setPodFailurePolicyDefaults(spec);
}

/** SetDefaults_PodFailurePolicyOnPodConditionsPattern, which CronJobs get too. */
function setPodFailurePolicyDefaults(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) {
      if ((pattern.status ?? '') === '') pattern.status = 'True';
    }
  }
}

/** SetDefaults_CronJob. */
export function setCronJobDefaults({ spec }: Mutable<CronJob>): void {
  spec.concurrencyPolicy ??= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  const job = spec.jobTemplate.spec;
  if (job) setPodFailurePolicyDefaults(job);
}
