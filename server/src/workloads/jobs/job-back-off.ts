/**
 * How long a Job waits after failed pods before it makes the next ones.
 * Follows pkg/controller/job/backoff_utils.go.
 */

const INITIAL_SECONDS = 10;
const MAX_SECONDS = 600;

/** What a Job remembers of the failures since its last success. */
export interface BackOffRecord {
  readonly failures: number;
  /** By when the last of them finished. */
  readonly lastFailureAt: number | undefined;
}

export const NO_FAILURES: BackOffRecord = { failures: 0, lastFailureAt: undefined };

/** With pods that have ended since, by when they did: only failures after the last success count. */
export function withFinished(
  record: BackOffRecord,
  succeededAt: readonly number[],
  failedAt: readonly number[],
): BackOffRecord {
  const lastSuccess = succeededAt.length > 0 ? Math.max(...succeededAt) : undefined;
  const counted = lastSuccess === undefined ? failedAt : failedAt.filter((it) => it > lastSuccess);
  const before = lastSuccess === undefined ? record : NO_FAILURES;
  if (counted.length === 0) return before;
  return { failures: before.failures + counted.length, lastFailureAt: Math.max(...counted) };
}

/** Seconds that are left to wait: 10 after the first failure, doubled with each, 10 minutes at most. */
export function remainingSeconds({ failures, lastFailureAt }: BackOffRecord, now: number): number {
  if (failures === 0 || lastFailureAt === undefined) return 0;
  const wait = Math.min(MAX_SECONDS, INITIAL_SECONDS * 2 ** Math.min(failures - 1, 10));
  const left = wait - (now - lastFailureAt);
  // Times are sums of decimal fractions, so a rest below a microsecond is no time.
  return left > 1e-6 ? left : 0;
}
