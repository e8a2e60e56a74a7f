/**
 * What a Job's policies make of a failed pod, and of the indexes that have succeeded.
 * Follows pkg/controller/job/{pod_failure_policy,success_policy}.go.
 */
import type { Job } from '../../manifest/index.ts';

/** What the policies see of a failed pod. */
export interface FailedPod {
  readonly id: number;
  /** Whether it has the condition DisruptionTarget. */
  readonly disrupted: boolean;
  readonly exits: readonly { readonly name: string; readonly exitCode: number | undefined }[];
}

/** What becomes of a failed pod. */
export interface FailureVerdict {
  readonly action: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore' | undefined;
  /** Whether it counts against backoffLimit. */
  readonly counts: boolean;
  /** Why the Job fails because of it. */
  readonly message?: string;
}

type Spec = Job['spec'];
type FailureRule = NonNullable<Spec['podFailurePolicy']>['rules'][number];

/** The first rule that matches decides; a pod that none matches counts. */
export function judgeFailure(policy: Spec['podFailurePolicy'], pod: FailedPod): FailureVerdict {
  for (const [i, rule] of (policy?.rules ?? []).entries()) {
    const cause = causeOf(rule, pod);
    if (cause === undefined) continue;
    const action = rule.action as FailureVerdict['action'];
    const counts = action !== 'Ignore';
    if (action !== 'FailJob') return { action, counts };
    return { action, counts, message: `${cause} matching FailJob rule at index ${i}` };
  }
  return { action: undefined, counts: true };
}

function causeOf(rule: FailureRule, { id, exits, disrupted }: FailedPod): string | undefined {
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes) {
    const { containerName, operator, values } = onExitCodes;
    const found = exits.find(
      ({ name, exitCode }) =>
        exitCode !== undefined &&
        exitCode !== 0 &&
        (containerName === undefined || containerName === name) &&
        values.includes(exitCode) === (operator === 'In'),
    );
    return found && `Container ${found.name} for pod ${id} failed with exit code ${found.exitCode}`;
  }
  const target = onPodConditions.some(
    ({ type, status }) => type === 'DisruptionTarget' && (status ?? 'True') === 'True',
  );
  return target && disrupted ? `Pod ${id} has condition DisruptionTarget` : undefined;
}

/** Which rule of the success policy is met; undefined where none is. */
export function metSuccessRule(
  policy: Spec['successPolicy'],
  completions: number,
  succeeded: ReadonlySet<number>,
): string | undefined {
  if (succeeded.size === 0) return undefined;
  const met = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const enough = succeededCount ?? Infinity;
    if (succeededIndexes === undefined) return succeeded.size >= enough;
    const required = indexesOf(succeededIndexes, completions);
    if (required.length === 0) return false;
    const done = required.filter((it) => succeeded.has(it)).length;
    return done === required.length || done >= enough;
  });
  return met < 0 ? undefined : `Matched rules at index ${met}`;
}

/** `1,3-5` as numbers below the completions. */
function indexesOf(text: string, completions: number): readonly number[] {
  return text.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range
      .split('-')
      .map((it) => Number.parseInt(it, 10));
    const count = Math.max(0, Math.min(last, completions - 1) - first + 1);
    return Number.isNaN(count) ? [] : Array.from({ length: count }, (_, i) => first + i);
  });
}
