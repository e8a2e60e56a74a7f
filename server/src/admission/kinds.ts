/**
 * The kinds whose admission is predicted, and what their registry does with them.
 * Follows the strategies of pkg/registry/{core,apps,batch,policy}/…/strategy.go.
 */
import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Pod,
  PodDisruptionBudget,
  PodTemplateSpec,
  ReplicaSet,
  Service,
  StatefulSet,
} from '../manifest/index.ts';
import type { Refusal } from './admission-plugin.ts';
import {
  convertDaemonSet,
  convertDeployment,
  keepEmptyLabels,
  TEMPLATE_GENERATION,
} from './conversion.ts';
import { setCronJobDefaults, setJobDefaults } from './defaults/batch.ts';
import { preparePodForCreate, preparePodTemplateForCreate } from './defaults/pod-strategy.ts';
import { setPodDefaults, setPodTemplateDefaults } from './defaults/pod.ts';
import { setServiceDefaults } from './defaults/service.ts';
import {
  setDaemonSetDefaults,
  setDeploymentDefaults,
  setReplicaSetDefaults,
  setStatefulSetDefaults,
} from './defaults/workloads.ts';
import type { Mutable } from './draft.ts';
import { allocateService, type RegistryOptions } from './service-allocation.ts';
import { generateSelector } from './job-selector.ts';
import { validateCronJob } from './validation/cron-job.ts';
import { validateJob } from './validation/job.ts';
import type { FieldErrors } from './validation/machinery/index.ts';
import { validatePodDisruptionBudget } from './validation/pod-disruption-budget.ts';
import { validatePodCreate } from './validation/pod.ts';
import { validateService } from './validation/service.ts';
import { validateStatefulSet } from './validation/stateful-set.ts';
import {
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
} from './validation/workloads.ts';
import { podWarnings } from './warnings/pod.ts';
import { serviceWarnings } from './warnings/service.ts';
import {
  cronJobWarnings,
  jobWarnings,
  statefulSetWarnings,
  templateWarnings,
  workloadWarnings,
} from './warnings/workloads.ts';

/** One kind: the functions get its draft, and the later ones may trust the earlier. */
export interface KindStrategy {
  readonly apiVersion: string;
  /** Group and kind as refusals name them: `Deployment.apps`. */
  readonly groupKind: string;
  /** What the way to the internal version changes; why there is none. `given` is what was sent. */
  convert?(draft: never, given: unknown): string | undefined;
  setDefaults(draft: never): void;
  /** What happens before PrepareForCreate and can refuse. */
  begin?(draft: never, options: RegistryOptions): Refusal | undefined;
  /** Returns warnings. */
  prepareForCreate(draft: never): readonly string[] | void;
  validate(object: never): FieldErrors;
  warnings(object: never): readonly string[];
}

type WithTemplate = { spec: { template?: Mutable<PodTemplateSpec> } };

function defaultTemplate(owner: WithTemplate): void {
  owner.spec.template ??= {};
  setPodTemplateDefaults(owner.spec.template);
}

function prepareWorkload(draft: WithTemplate & { status?: unknown }): void {
  delete draft.status;
  if (draft.spec.template) preparePodTemplateForCreate(draft.spec.template);
}

/** Every kind by name. */
export const KINDS: Readonly<Record<string, KindStrategy>> = {
  Pod: {
    apiVersion: 'v1',
    groupKind: 'Pod',
    setDefaults: (draft: Pod) => setPodDefaults(draft),
    prepareForCreate: (draft: Pod) => preparePodForCreate(draft),
    validate: (object: Pod) => validatePodCreate(object),
    warnings: (object: Pod) => podWarnings(object),
  },
  Service: {
    apiVersion: 'v1',
    groupKind: 'Service',
    setDefaults: (draft: Mutable<Service>) => setServiceDefaults(draft),
    begin: (draft: Mutable<Service>, options) => allocateService(draft, options),
    prepareForCreate(draft: Mutable<Service>) {
      delete draft.status;
    },
    validate: (object: Service) => validateService(object),
    warnings: (object: Service) => serviceWarnings(object),
  },
  Deployment: {
    apiVersion: 'apps/v1',
    groupKind: 'Deployment.apps',
    convert: (draft: Mutable<Deployment>) => convertDeployment(draft),
    setDefaults(draft: Mutable<Deployment>) {
      defaultTemplate(draft);
      setDeploymentDefaults(draft);
    },
    prepareForCreate: (draft: Mutable<Deployment>) => prepareWorkload(draft),
    validate: (object: Deployment) => validateDeployment(object),
    warnings: (object: Deployment) => workloadWarnings(object),
  },
  ReplicaSet: {
    apiVersion: 'apps/v1',
    groupKind: 'ReplicaSet.apps',
    setDefaults(draft: Mutable<ReplicaSet>) {
      defaultTemplate(draft);
      setReplicaSetDefaults(draft);
    },
    prepareForCreate: (draft: Mutable<ReplicaSet>) => prepareWorkload(draft),
    validate: (object: ReplicaSet) => validateReplicaSet(object),
    warnings: (object: ReplicaSet) => workloadWarnings(object),
  },
  StatefulSet: {
    apiVersion: 'apps/v1',
    groupKind: 'StatefulSet.apps',
    setDefaults(draft: Mutable<StatefulSet>) {
      defaultTemplate(draft);
      setStatefulSetDefaults(draft);
    },
    prepareForCreate(draft: Mutable<StatefulSet>) {
      prepareWorkload(draft);
      // MaxUnavailableStatefulSet is off by default.
      delete draft.spec.updateStrategy?.rollingUpdate?.maxUnavailable;
    },
    validate: (object: StatefulSet) => validateStatefulSet(object),
    warnings: (object: StatefulSet) => statefulSetWarnings(object),
  },
  DaemonSet: {
    apiVersion: 'apps/v1',
    groupKind: 'DaemonSet.apps',
    convert: (draft: Mutable<DaemonSet>) => convertDaemonSet(draft),
    setDefaults(draft: Mutable<DaemonSet>) {
      defaultTemplate(draft);
      setDaemonSetDefaults(draft);
    },
    prepareForCreate(draft: Mutable<DaemonSet>) {
      prepareWorkload(draft);
      const annotations = (draft.metadata.annotations ??= {});
      const generation = BigInt(annotations[TEMPLATE_GENERATION]?.replace(/^\+/, '') ?? 1);
      annotations[TEMPLATE_GENERATION] = (generation < 1n ? 1n : generation).toString();
    },
    validate: (object: DaemonSet) => validateDaemonSet(object),
    warnings: (object: DaemonSet) => templateWarnings(object),
  },
  Job: {
    apiVersion: 'batch/v1',
    groupKind: 'Job.batch',
    convert: (draft: Mutable<Job>, given) => keepEmptyLabels(draft, given),
    setDefaults(draft: Mutable<Job>) {
      defaultTemplate(draft);
      setJobDefaults(draft);
    },
    prepareForCreate(draft: Mutable<Job>) {
      generateSelector(draft);
      prepareWorkload(draft);
    },
    validate: (object: Job) => validateJob(object),
    warnings: (object: Job) => jobWarnings(object),
  },
  CronJob: {
    apiVersion: 'batch/v1',
    groupKind: 'CronJob.batch',
    setDefaults(draft: Mutable<CronJob>) {
      const template = draft.spec.jobTemplate;
      template.spec ??= { template: {} };
      defaultTemplate({ spec: template.spec });
      setCronJobDefaults(draft);
    },
    prepareForCreate(draft: Mutable<CronJob>) {
      delete draft.status;
      const spec = draft.spec.jobTemplate.spec;
      if (spec) prepareWorkload({ spec });
    },
    validate: (object: CronJob) => validateCronJob(object),
    warnings: (object: CronJob) => cronJobWarnings(object),
  },
  PodDisruptionBudget: {
    apiVersion: 'policy/v1',
    groupKind: 'PodDisruptionBudget.policy',
    setDefaults() {},
    prepareForCreate(draft: Mutable<PodDisruptionBudget>) {
      delete draft.status;
    },
    validate: (object: PodDisruptionBudget) => validatePodDisruptionBudget(object),
    warnings: () => [],
  },
};
