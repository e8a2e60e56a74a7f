/**
 * Whether a Job is to end, and why, by what the controller sees in one look.
 * Follows the middle of syncJob in pkg/controller/job/job_controller.go: failures are asked for
 * before successes, and in this order.
 */
import type { Job } from '../../manifest/index.ts';
import type { JobIndexes } from './job-indexes.ts';
import type { JobCondition } from './job-model.ts';
import type { JobPod } from './job-pods.ts';
import { judgeFailure, metSuccessRule } from './job-policies.ts';

/** The interim condition that a Job keeps until its pods are gone. */
export interface Verdict extends Pick<JobCondition, 'reason' | 'message'> {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
}

/** What the controller sees. */
export interface JobView {
  readonly spec: Job['spec'];
  readonly pods: readonly JobPod[];
  readonly failedPods: readonly JobPod[];
  /** Failures that count, those of before with them. */
  readonly failed: number;
  readonly indexes: JobIndexes | undefined;
  /** Until activeDeadlineSeconds have passed. */
  readonly secondsLeft: number;
}

export function failureVerdict(view: JobView): Verdict | undefined {
  const { spec, failedPods, failed, secondsLeft } = view;
  for (const pod of failedPods) {
    const { message } = judgeFailure(spec.podFailurePolicy, pod);
    if (message !== undefined) return fails('PodFailurePolicy', message);
  }
  const limit = spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : Infinity);
  if (failed > limit || restartsReach(limit, view)) {
    return fails('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  // Times are sums of decimal fractions, so a rest below a microsecond is no time.
  if (secondsLeft <= 1e-6) {
    return fails('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  return indexesVerdict(view);
}

function indexesVerdict({ spec, indexes }: JobView): Verdict | undefined {
  const { backoffLimitPerIndex, maxFailedIndexes = Infinity, completions = 1 } = spec;
  if (!indexes || backoffLimitPerIndex === undefined) return undefined;
  const lost = indexes.failed.size;
  if (lost > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return fails('MaxFailedIndexesExceeded', message);
  }
  const over = lost + indexes.succeeded.size >= completions;
  return lost > 0 && over ? fails('FailedIndexes', 'Job has failed indexes') : undefined;
}

/** By the success policy. */
export function policyVerdict({ spec, indexes }: JobView): Verdict | undefined {
  const { successPolicy, completions = 1 } = spec;
  const message = indexes && metSuccessRule(successPolicy, completions, indexes.succeeded);
  return message === undefined
    ? undefined
    : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

/** By its completions; a work queue is done when one pod has succeeded and none is left. */
export function completionVerdict(
  { completions }: Job['spec'],
  succeeded: number,
  active: number,
): Verdict | undefined {
  if (active > 0 || succeeded < (completions ?? 1)) return undefined;
  return {
    type: 'SuccessCriteriaMet',
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  };
}

/** pastBackoffLimitOnFailure: restarts in place count in pods that are not over. */
function restartsReach(limit: number, { spec, pods }: JobView): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter((it) => it.phase === 'Running' || it.phase === 'Pending')
    .flatMap((it) => it.exits)
    .reduce((sum, it) => sum + it.restarts, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function fails(reason: string, message: string): Verdict {
  return { type: 'FailureTarget', reason, message };
}
