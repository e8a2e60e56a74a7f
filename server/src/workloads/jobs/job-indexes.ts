/**
 * The completion indexes of an Indexed Job, and the pods that stand for them.
 * Follows pkg/controller/job/indexed_job_utils.go.
 */
import type { Job } from '../../manifest/index.ts';
import { finishedAt, type JobPod } from './job-pods.ts';
import { judgeFailure } from './job-policies.ts';

type Spec = Job['spec'];

export class JobIndexes {
  readonly succeeded = new Set<number>();
  readonly failed = new Set<number>();

  private constructor(private readonly completions: number) {}

  /** Undefined where the Job is not Indexed. */
  static of({ completionMode, completions = 1 }: Spec): JobIndexes | undefined {
    return completionMode === 'Indexed' ? new JobIndexes(completions) : undefined;
  }

  /** Adds the indexes of pods that have ended since. */
  look(spec: Spec, succeededPods: readonly JobPod[], failedPods: readonly JobPod[]): void {
    const { backoffLimitPerIndex = Infinity, podFailurePolicy } = spec;
    for (const { index } of succeededPods) if (index !== undefined) this.succeeded.add(index);
    for (const pod of failedPods) {
      const { action, counts } = judgeFailure(podFailurePolicy, pod);
      const spent = counts && pod.indexFailures >= backoffLimitPerIndex;
      if (pod.index !== undefined && (spent || action === 'FailIndex')) this.failed.add(pod.index);
    }
  }

  /** The first indexes that nobody works at and that are not over. */
  firstPending(count: number, taken: readonly JobPod[]): readonly number[] {
    const held = new Set(taken.map((it) => it.index));
    const result: number[] = [];
    for (let i = 0; i < this.completions && result.length < count; i++) {
      if (!held.has(i) && !this.succeeded.has(i) && !this.failed.has(i)) result.push(i);
    }
    return result;
  }
}

/** Of each index that is to be tried again, the pod that failed last. */
export function waitingForReplacement(
  failed: readonly JobPod[],
  active: readonly JobPod[],
  indexes: JobIndexes,
): ReadonlyMap<number, JobPod> {
  const working = new Set(active.map((it) => it.index));
  const result = new Map<number, JobPod>();
  for (const pod of failed) {
    const { index } = pod;
    if (index === undefined || working.has(index)) continue;
    if (indexes.succeeded.has(index) || indexes.failed.has(index)) continue;
    const last = result.get(index);
    const later =
      !last || (failuresOf(last) <= failuresOf(pod) && finishedAt(pod) >= finishedAt(last));
    if (later) result.set(index, pod);
  }
  return result;
}

function failuresOf({ indexFailures, indexIgnored }: JobPod): number {
  return indexFailures + indexIgnored;
}
