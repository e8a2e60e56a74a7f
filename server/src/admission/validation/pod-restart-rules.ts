/**
 * Restart policies and restart rules of single containers.
 * Follows validateContainerRestartPolicy and validateInitContainerRestartPolicy of
 * pkg/apis/core/validation/validation.go (feature gate ContainerRestartRules, on by default;
 * RestartAllContainersOnContainerExits too).
 */
import type { Container } from './pod-written.ts';
import { notSupported, required, tooMany, type FieldErrors, type Path } from './machinery/index.ts';
import { append } from './pod-append.ts';

type Rule = NonNullable<Container['restartPolicyRules']>[number];
type ExitCodes = NonNullable<Rule['exitCodes']>;

const POLICIES: readonly string[] = ['Always', 'Never', 'OnFailure'];
const ACTIONS: readonly string[] = ['Restart', 'RestartAllContainers'];
const OPERATORS: readonly string[] = ['In', 'NotIn'];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

/** Rules without a policy are not looked at in an init container. */
export function validateInitContainerRestartPolicy(container: Container, path: Path): FieldErrors {
  const errors = validateContainerRestartPolicy(container, path);
  return container.restartPolicy === undefined ? errors.slice(0, 1) : errors;
}

/** `restartPolicy` and `restartPolicyRules` of one container. */
export function validateContainerRestartPolicy(container: Container, path: Path): FieldErrors {
  const policy: string | undefined = container.restartPolicy;
  const rules = container.restartPolicyRules ?? [];
  const at = path.child('restartPolicy');
  const errors: FieldErrors = [];
  if (policy === undefined) {
    if (rules.length > 0) {
      errors.push(required(at, 'must specify restartPolicy when restart rules are used'));
    }
  } else if (!POLICIES.includes(policy)) errors.push(notSupported(at, policy, POLICIES));
  const list = path.child('restartPolicyRules');
  if (rules.length > MAX_RULES) errors.push(tooMany(list, rules.length, MAX_RULES));
  for (const [i, rule] of rules.entries()) append(errors, validateRule(rule, list.index(i)));
  return errors;
}

function validateRule(rule: Rule, path: Path): FieldErrors {
  const action = rule.action ?? '';
  const errors: FieldErrors = [];
  if (!ACTIONS.includes(action)) errors.push(notSupported(path.child('action'), action, ACTIONS));
  const at = path.child('exitCodes');
  if (!rule.exitCodes) return [...errors, required(at, 'must be specified')];
  return [...errors, ...validateExitCodes(rule.exitCodes, at)];
}

function validateExitCodes(exitCodes: ExitCodes, path: Path): FieldErrors {
  const operator = exitCodes.operator ?? '';
  const values = exitCodes.values ?? [];
  const errors: FieldErrors = [];
  if (!OPERATORS.includes(operator)) {
    errors.push(notSupported(path.child('operator'), operator, OPERATORS));
  }
  if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(path.child('values'), values.length, MAX_EXIT_CODES));
  }
  return errors;
}
