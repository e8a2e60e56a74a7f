/** Expressions of admission policies: whether the server takes them. */
import { brokenExpressions } from '../../admission/index.ts';
import { fieldAt, valueAt } from '../../manifest/index.ts';
import type { ObjectConsequence, ObjectContext } from './consequence.ts';

export const POLICY_CONSEQUENCES: readonly ObjectConsequence[] = [
  {
    kinds: ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'],
    field: 'spec',
    tell: expressionText,
  },
];

/** Why the expression at the path does not compile. */
function expressionText({ object, path }: ObjectContext): string | undefined {
  const text = valueAt(fieldAt(object, path));
  if (typeof text !== 'string') return undefined;
  const found = brokenExpressions(object as Parameters<typeof brokenExpressions>[0]).find(
    (it) => it.expression === text,
  );
  return found && `The server refuses the policy: ${found.error}`;
}
