/**
 * Whether the conditions of a policy let it run.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions/matcher.go.
 */
import { aggregate } from '../request-info.ts';
import type { PolicyEnvironment } from './environment.ts';
import type { PolicySpec } from './policy-types.ts';

/** A condition that is false decides, even where another one fails. */
export function conditionsMatch(
  environment: PolicyEnvironment,
  { matchConditions = [], failurePolicy }: PolicySpec,
): boolean | { readonly error: string } {
  const errors: string[] = [];
  for (const { expression } of matchConditions) {
    const outcome = environment.evaluate(expression);
    if ('error' in outcome) errors.push(outcome.error);
    else if (outcome.value !== true) return false;
  }
  const error = aggregate(errors);
  if (error === undefined) return true;
  return failurePolicy === 'Ignore' ? false : { error };
}
