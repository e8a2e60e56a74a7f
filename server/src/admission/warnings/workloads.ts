/**
 * What the server warns of in workloads, besides their pod templates.
 * Follows WarningsOnCreate of the strategies in pkg/registry/{apps,batch}.
 */
import type {
  CronJob,
  Job,
  KubernetesObject,
  PodTemplateSpec,
  StatefulSet,
} from '../../manifest/index.ts';
import { isDNS1123Label, Path } from '../validation/machinery/index.ts';
import { claimWarnings } from './pod-volumes.ts';
import { podTemplateWarnings } from './pod.ts';

const TEMPLATE = Path.of('spec', 'template');
const HIGH_COMPLETIONS = 100_000;
const HIGH_PARALLELISM = 10_000;

interface Workload extends KubernetesObject {
  readonly spec: { readonly template?: PodTemplateSpec };
}

/** Those whose Pods carry the workload's name in theirs: Deployment, ReplicaSet. */
export function workloadWarnings(object: Workload): readonly string[] {
  return [...nameWarnings(object.metadata.name), ...templateWarnings(object)];
}

/** The template alone: DaemonSet. */
export function templateWarnings({ spec }: Workload): readonly string[] {
  return podTemplateWarnings(spec.template ?? {}, TEMPLATE);
}

/** StatefulSet. */
export function statefulSetWarnings(object: StatefulSet): readonly string[] {
  const warnings = [...templateWarnings(object)];
  for (const [i, claim] of (object.spec.volumeClaimTemplates ?? []).entries()) {
    const path = Path.of('spec', 'volumeClaimTemplates').index(i).child('resources');
    warnings.push(...claimWarnings(claim.spec?.resources, path));
  }
  if ((object.spec.revisionHistoryLimit ?? 0) < 0) {
    warnings.push(
      'spec.revisionHistoryLimit: a negative value retains all historical revisions;' +
        ' a value >= 0 is recommended',
    );
  }
  return warnings;
}

/** Job. */
export function jobWarnings(job: Job): readonly string[] {
  return [...nameWarnings(job.metadata.name), ...jobSpecWarnings(job.spec, Path.of('spec'))];
}

/** CronJob. */
export function cronJobWarnings({ metadata, spec }: CronJob): readonly string[] {
  const path = Path.of('spec', 'jobTemplate', 'spec');
  const job = spec.jobTemplate.spec;
  return [...nameWarnings(metadata.name), ...(job ? jobSpecWarnings(job, path) : [])];
}

function jobSpecWarnings(spec: Job['spec'], path: Path): readonly string[] {
  const warnings: string[] = [];
  if (
    spec.completionMode === 'Indexed' &&
    (spec.completions ?? 0) > HIGH_COMPLETIONS &&
    (spec.parallelism ?? 0) > HIGH_PARALLELISM
  ) {
    warnings.push(
      'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher' +
        ' than 10^4, Kubernetes might not be able to track completedIndexes when a big number' +
        ' of indexes fail',
    );
  }
  warnings.push(...podTemplateWarnings(spec.template, path.child('template')));
  return warnings;
}

function nameWarnings(name: string): readonly string[] {
  const wrong = isDNS1123Label(name);
  if (wrong.length === 0) return [];
  return [
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising' +
      ` behavior; a DNS label is recommended: [${wrong.join(' ')}]`,
  ];
}
