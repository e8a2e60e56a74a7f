/** Jobs, written as such or in the template of a CronJob. */
import {
  field,
  locate,
  type Citable,
  type CronJob,
  type FieldCursor,
  type Job,
} from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';

/** The Job's spec, and where it stands. */
export interface PlacedJob {
  readonly spec: Job['spec'];
  readonly at: FieldCursor<Job['spec']>;
}

/** The Job a workload is or makes. */
export function jobOf({ kind, object }: WorkloadPrediction): PlacedJob | undefined {
  if (kind === 'Job') {
    const job = object as unknown as Job;
    return { spec: job.spec, at: field(job).spec };
  }
  if (kind !== 'CronJob') return undefined;
  const { jobTemplate } = (object as unknown as CronJob).spec;
  if (!jobTemplate?.spec) return undefined;
  const at = field(object as unknown as CronJob).spec.jobTemplate.spec;
  return { spec: jobTemplate.spec, at };
}

/** The CronJob a workload is. */
export function cronJobOf({ kind, object }: WorkloadPrediction): CronJob | undefined {
  return kind === 'CronJob' ? (object as unknown as CronJob) : undefined;
}

/** Whether somebody wrote the field, rather than the server its default. */
export function isWritten(place: Citable): boolean {
  return locate(place)?.writtenHere === true;
}

/** How often a failed pod is tried again; 6 where nothing is written. */
export function backoffLimitOf({ backoffLimit }: Job['spec']): number {
  return backoffLimit ?? 6;
}
