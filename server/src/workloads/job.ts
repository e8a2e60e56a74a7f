/**
 * Pods of Jobs, and of CronJobs through the Job they make for each time.
 * Follows newPodTemplate, manageJob, addCompletionIndexEnvVariables and getJobFromTemplate2.
 */
import type { Upstream } from '../explanation/index.ts';
import type { Container, CronJob, Job, PodTemplateSpec } from '../manifest/index.ts';
import {
  PLACEHOLDER_UID,
  podFromTemplate,
  podsPrefix,
  type BuiltPod,
  type Controller,
} from './pod-from-template.ts';
import { numberedName } from './replica-set.ts';

export const jobUpstream: Upstream = {
  path: 'pkg/controller/job/job_controller.go',
  omits: ['pods that follow failed or succeeded ones (see Jobs over time)'],
};

export const cronJobUpstream: Upstream = {
  path: 'pkg/controller/cronjob/utils.go',
  omits: ['the schedule: one run stands for all (see CronJobs over time)'],
};

const INDEX = 'batch.kubernetes.io/job-completion-index';
/** The prefix of an indexed pod's name leaves room for the random end. */
const MAX_GENERATED_PREFIX = 58;
/** Stands for the minutes since 1970 that end the name of a CronJob's Job. */
const PLACEHOLDER_MINUTES = 'xxxxxxxx';

type JobSpec = Job['spec'];

/** How many pods a Job starts at once, nothing having ended yet. */
export function jobPodCount(spec: JobSpec): number {
  if (spec.suspend) return 0;
  const parallelism = Math.max(0, spec.parallelism ?? 1);
  // Neither written means one of each; parallelism alone means a work queue.
  const completions =
    spec.completions ?? (spec.parallelism === undefined ? 1 : Number.POSITIVE_INFINITY);
  return Math.min(parallelism, completions);
}

/** The pod of a Job with this number; of an Indexed one with this completion index. */
export function jobPod(job: Job, number: number): BuiltPod {
  return podOfJob(job, job, job.spec, number, jobLabels(job.metadata.name, job.spec));
}

/** The pod with this number of the Job that a CronJob makes next. */
export function cronJobPod(cronJob: CronJob, number: number): BuiltPod {
  const name = `${cronJob.metadata.name.slice(0, 52)}-${PLACEHOLDER_MINUTES}`;
  const job: Controller = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name } };
  const spec = cronJob.spec?.jobTemplate.spec ?? { template: {} };
  return podOfJob(cronJob, job, spec, number, jobLabels(name, spec));
}

function podOfJob(
  owner: Job | CronJob,
  controller: Controller,
  spec: JobSpec,
  number: number,
  labels: Readonly<Record<string, string>>,
): BuiltPod {
  const finalizers = ['batch.kubernetes.io/job-tracking'];
  const { name } = controller.metadata;
  const { template } = spec;
  if (spec.completionMode !== 'Indexed') {
    const generateName = podsPrefix(name);
    return podFromTemplate(owner, controller, template, {
      generateName,
      name: numberedName(generateName, number),
      labels,
      finalizers,
    });
  }
  const index = String(number);
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  const end = `-${index}-`;
  const generateName = name.slice(0, MAX_GENERATED_PREFIX - end.length) + end;
  return podFromTemplate(owner, controller, template, {
    generateName,
    labels: { ...labels, [INDEX]: index },
    annotations: {
      [INDEX]: index,
      ...(perIndex ? { 'batch.kubernetes.io/job-index-failure-count': '0' } : {}),
    },
    finalizers,
    spec: { hostname: `${name}-${index}`, ...withIndexEnv(template ?? {}) },
  });
}

/**
 * The labels the API server puts into the Job's template, unless the selector is the user's own.
 */
function jobLabels(name: string, spec: JobSpec): Record<string, string> {
  if (spec.manualSelector) return {};
  return {
    'controller-uid': PLACEHOLDER_UID,
    'batch.kubernetes.io/controller-uid': PLACEHOLDER_UID,
    'job-name': name,
    'batch.kubernetes.io/job-name': name,
  };
}

function withIndexEnv({ spec }: PodTemplateSpec): Partial<NonNullable<PodTemplateSpec['spec']>> {
  return {
    containers: (spec?.containers ?? []).map(addIndexEnv),
    ...(spec?.initContainers ? { initContainers: spec.initContainers.map(addIndexEnv) } : {}),
  };
}

/** A variable of that name which is there already stays as it is. */
function addIndexEnv(container: Container): Container {
  const env = container.env ?? [];
  if (env.some((it) => it.name === 'JOB_COMPLETION_INDEX')) return container;
  const fieldPath = `metadata.labels['${INDEX}']`;
  const added = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath } } };
  return { ...container, env: [...env, added] };
}
