/**
 * How many pods a Job is to have, and which it makes or takes away.
 * Follows manageJob, activePodsForRemoval and getPodCreationInfoForIndependentIndexes of
 * pkg/controller/job/job_controller.go.
 */
import type { Job } from '../../manifest/index.ts';
import { remainingSeconds, type BackOffRecord } from './job-back-off.ts';
import type { JobIndexes } from './job-indexes.ts';
import { finishedAt, type JobPod, type JobPods } from './job-pods.ts';
import { judgeFailure } from './job-policies.ts';

interface Managed {
  readonly spec: Job['spec'];
  readonly pods: JobPods;
  readonly active: readonly JobPod[];
  /** Those that hold a place although they are being deleted. */
  readonly terminating: readonly JobPod[];
  readonly succeeded: number;
  readonly indexes: JobIndexes | undefined;
}

interface Failures {
  readonly record: BackOffRecord;
  /** Of each index, the failed pod that waits for its replacement. */
  readonly delayed: ReadonlyMap<number, JobPod>;
  readonly now: number;
}

/** Makes or removes pods; the seconds to wait where it is too early to make some. */
export function manageJobPods(managed: Managed, failures: Failures): number {
  const { spec, pods, active, terminating, indexes } = managed;
  const wanted = wantedPods(managed);
  if (active.length > wanted) {
    removePods(pods, active, active.length - wanted);
    return 0;
  }
  const missing = wanted - terminating.length - active.length;
  if (missing <= 0) return 0;
  // With backoffLimitPerIndex each index has a wait of its own.
  if (spec.backoffLimitPerIndex === undefined) {
    const wait = remainingSeconds(failures.record, failures.now);
    if (wait > 0) return wait;
  }
  if (indexes) return fillIndexes(managed, failures, missing);
  const made = { index: undefined, indexFailures: 0, indexIgnored: 0 };
  for (let i = 0; i < missing; i++) pods.create(made);
  return 0;
}

function wantedPods({ spec, active, succeeded }: Managed): number {
  const { completions, parallelism = 1 } = spec;
  if (completions !== undefined) {
    return Math.min(parallelism, Math.max(0, completions - succeeded));
  }
  // A work queue makes no more pods once one has succeeded.
  return succeeded > 0 ? active.length : parallelism;
}

function fillIndexes(managed: Managed, { delayed, now }: Failures, missing: number): number {
  const { spec, pods, active, terminating, indexes } = managed;
  const pending = indexes?.firstPending(missing, [...active, ...terminating]) ?? [];
  const waits = pending.map((index) => waitOfIndex(delayed.get(index), now));
  if (pending.length > 0 && waits.every((it) => it > 0)) return Math.min(...waits);
  for (const [i, index] of pending.entries()) {
    if ((waits[i] ?? 0) > 0) continue;
    const last = delayed.get(index);
    const counts = last && judgeFailure(spec.podFailurePolicy, last).counts;
    pods.create({
      index,
      indexFailures: (last?.indexFailures ?? 0) + (counts === true ? 1 : 0),
      indexIgnored: (last?.indexIgnored ?? 0) + (counts === false ? 1 : 0),
    });
  }
  return 0;
}

function waitOfIndex(last: JobPod | undefined, now: number): number {
  if (!last) return 0;
  const failures = last.indexFailures + last.indexIgnored + 1;
  return remainingSeconds({ failures, lastFailureAt: finishedAt(last) }, now);
}

/** deleteJobPods: pods that the Job itself takes away do not count; those that run go last. */
export function removePods(pods: JobPods, active: readonly JobPod[], count: number): void {
  const order = active.toSorted(
    (a, b) => Number(a.phase === 'Running') - Number(b.phase === 'Running') || b.id - a.id,
  );
  for (const it of order.slice(0, count)) {
    pods.untrack(it);
    pods.delete(it, 'job');
  }
}
