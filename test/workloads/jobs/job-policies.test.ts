// The tables of pkg/controller/job/{pod_failure_policy,success_policy,backoff_utils}_test.go, restated.
import { describe, expect, it } from 'vitest';
import {
  NO_FAILURES,
  remainingSeconds,
  withFinished,
} from '../../../server/src/workloads/jobs/job-back-off.ts';
import { judgeFailure, metSuccessRule } from '../../../server/src/workloads/jobs/job-policies.ts';

describe('a success policy', () => {
  const upTo = (...ranges: readonly (readonly [number, number])[]) =>
    new Set(ranges.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i)));

  it.each([
    [{ succeededIndexes: 'invalid-form' }, upTo([0, 0]), false],
    [{ succeededIndexes: '0-2' }, upTo([0, 2], [4, 7]), true],
    [{ succeededIndexes: '3' }, upTo([0, 2]), false],
    [{ succeededCount: 2 }, upTo([0, 2]), true],
    [{ succeededCount: 4 }, upTo([0, 2]), false],
    [{ succeededIndexes: '0-4', succeededCount: 3 }, upTo([2, 4]), true],
    [{ succeededIndexes: '0-4', succeededCount: 4 }, upTo([2, 7]), false],
    [{ succeededIndexes: '0,2-3' }, upTo([0, 3]), true],
    // Indexes beyond the completions are not asked for.
    [{ succeededIndexes: '8-12' }, upTo([8, 9]), true],
    [{ succeededIndexes: '' }, upTo([0, 9]), false],
  ])('%o is met by %o: %s', (rule, succeeded, met) => {
    const expected = met ? 'Matched rules at index 0' : undefined;
    expect(metSuccessRule({ rules: [rule] }, 10, succeeded)).toBe(expected);
  });

  it('says which rule was met', () => {
    const rules = [{ succeededIndexes: '9' }, { succeededCount: 1 }];
    expect(metSuccessRule({ rules }, 10, new Set([3]))).toBe('Matched rules at index 1');
    expect(metSuccessRule({ rules }, 10, new Set())).toBeUndefined();
  });
});

describe('a pod failure policy', () => {
  const pod = {
    id: 1,
    disrupted: true,
    exits: [
      { name: 'main', exitCode: 1 },
      { name: 'side', exitCode: 0 },
      { name: 'late', exitCode: undefined },
    ],
  };
  const codes = (operator: 'In' | 'NotIn', values: readonly number[], containerName?: string) =>
    ({ onExitCodes: { operator, values, ...(containerName ? { containerName } : {}) } }) as const;
  const target = { onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] } as const;

  it.each([
    ['Ignore', codes('In', [1, 2]), 'Ignore'],
    ['Ignore', codes('In', [2]), undefined],
    ['FailIndex', codes('NotIn', [5]), 'FailIndex'],
    // A container that ended well, or has not ended, matches nothing.
    ['Ignore', codes('NotIn', [5], 'side'), undefined],
    ['Ignore', codes('NotIn', [5], 'late'), undefined],
    ['Count', target, 'Count'],
    ['Ignore', { onPodConditions: [{ type: 'ConfigIssue', status: 'True' }] }, undefined],
  ] as const)('%s with %o takes the action %s', (action, rule, taken) => {
    const verdict = judgeFailure({ rules: [{ action, ...rule }] }, pod);
    expect(verdict).toEqual({ action: taken, counts: taken !== 'Ignore' });
  });

  it('goes by the first rule that matches, and says why the Job fails', () => {
    const rules = [
      { action: 'FailJob', ...codes('In', [1]) },
      { action: 'Ignore', ...target },
    ] as const;
    expect(judgeFailure({ rules }, pod).message).toBe(
      'Container main for pod 1 failed with exit code 1 matching FailJob rule at index 0',
    );
    expect(judgeFailure({ rules: rules.toReversed() }, pod).action).toBe('Ignore');
  });
});

describe('the back-off of a Job', () => {
  it.each([
    [[], [0], 1, 0],
    [[], [0, -60], 2, 0],
    [[0], [-60, -120], 0, undefined],
    [[-60], [-120, 0, -30], 2, 0],
    [[0], [0], 0, undefined],
  ])('after successes at %o and failures at %o counts %s', (good, bad, failures, lastFailureAt) => {
    expect(withFinished(NO_FAILURES, good, bad)).toEqual({ failures, lastFailureAt });
  });

  it('adds to the failures of before', () => {
    const record = { failures: 2, lastFailureAt: -60 };
    expect(withFinished(record, [], [0])).toEqual({ failures: 3, lastFailureAt: 0 });
    expect(withFinished(record, [], [])).toEqual(record);
  });

  it.each([
    [0, 0, 0],
    [1, 0, 10],
    [1, 1, 9],
    [1, 10, 0],
    [1, 11, 0],
    [3, 0, 40],
    [6, 0, 320],
    [7, 0, 600],
    [90, 0, 600],
  ])('with %s failures waits %s s after the last for another %s s', (failures, now, seconds) => {
    expect(remainingSeconds({ failures, lastFailureAt: 0 }, now)).toBe(seconds);
  });
});
