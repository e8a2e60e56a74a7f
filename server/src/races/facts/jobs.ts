/** Jobs, written as such or in the template of a CronJob. */
import { field, type CronJob, type FieldCursor, type Job } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { ContainerTry, PodTry } from '../../workloads/index.ts';

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

/** How often a failed pod is tried again; 6 where nothing is written. */
export function backoffLimitOf({ backoffLimit }: Job['spec']): number {
  return backoffLimit ?? 6;
}

/** No pod has containers that run sooner after it was made. */
export const STARTS_AFTER_SECONDS = 1;

/** Does not end by itself. */
export const FOR_EVER: ContainerTry = { seconds: Infinity, exitCode: 0 };

/** A pod that fails the moment it is made: none can be tried again sooner. */
export const FAILS_AT_ONCE: PodTry = { runs: [{ seconds: 0, exitCode: 1 }] };

/** A pod whose containers hang, and do not stop when they are told to. */
export const HANGS: PodTry = {
  startsAfter: STARTS_AFTER_SECONDS,
  runs: [FOR_EVER],
  stops: FOR_EVER,
};

/**
 * The longest that a pod of a Job can run: the deadline tells it to stop, and it has its grace
 * period then. `Infinity` without a deadline.
 */
export function longestRunSeconds(
  { activeDeadlineSeconds = Infinity }: Job['spec'],
  graceSeconds: number,
): number {
  return activeDeadlineSeconds + graceSeconds;
}

/**
 * When each retry begins at the earliest, in seconds after the first try: containers are restarted
 * in place, or new pods are made, `together` at a time, each failure of which doubles the wait.
 */
export function retryStarts(
  retries: number,
  { inPlace, together = 1 }: { readonly inPlace: boolean; readonly together?: number },
): readonly number[] {
  const starts: number[] = [];
  let now = 0;
  for (let i = 0; i < retries; i++) {
    // The kubelet restarts a container at once the first time.
    if (inPlace) now += i === 0 ? 0 : Math.min(300, 10 * 2 ** Math.min(i - 1, 10));
    else now += Math.min(600, 10 * 2 ** Math.min((i + 1) * together - 1, 10));
    starts.push(now);
  }
  return starts;
}
