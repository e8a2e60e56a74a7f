/**
 * The expressions of a policy, and whether the API server would have taken them.
 * Upstream: pkg/apis/admissionregistration/validation/validation.go compiles every expression when
 * a policy is created and refuses the policy where one does not compile; type errors are left out.
 */
import { compileCel } from '../../cluster/index.ts';
import type { Policy, PolicySpec } from './policy-types.ts';

/** An expression that does not compile. */
export interface BrokenExpression {
  readonly expression: string;
  /** The compiler's words. */
  readonly error: string;
}

const NAMES: ReadonlySet<string> = new Set([
  'object',
  'oldObject',
  'request',
  'namespaceObject',
  'authorizer',
  'variables',
  'bool',
  'bytes',
  'double',
  'google',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
  'optional_type',
]);

/** Every expression of a policy, in the order of its fields. */
export function expressionsOf(spec: PolicySpec): string[] {
  return [
    ...(spec.matchConditions ?? []).map((it) => it.expression),
    ...(spec.variables ?? []).map((it) => it.expression),
    ...(spec.validations ?? []).flatMap((it) => [it.expression, it.messageExpression ?? '']),
    ...(spec.auditAnnotations ?? []).map((it) => it.valueExpression),
    ...(spec.mutations ?? []).map(
      (it) => it.applyConfiguration?.expression ?? it.jsonPatch?.expression ?? '',
    ),
  ].filter((it) => it !== '');
}

/** The expressions for which the server refuses the policy. */
export function brokenExpressions({ spec = {} }: Policy): BrokenExpression[] {
  return expressionsOf(spec).flatMap((expression) => {
    const { error, uses } = compileCel(expression);
    if (error !== undefined) return { expression, error };
    const known = (name: string): boolean =>
      NAMES.has(name) || (name === 'params' && spec.paramKind !== undefined);
    const unknown = [...uses].find((it) => !known(it));
    if (unknown === undefined) return [];
    const text = `undeclared reference to '${unknown}' (in container '')`;
    return { expression, error: `compilation failed: ERROR: <input>: ${text}` };
  });
}
