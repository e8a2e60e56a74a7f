/**
 * Policies in CEL that refuse or warn.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go and
 * validator.go.
 */
import type { AdmissionRequest, Refusal, ValidationPlugin } from '../admission-plugin.ts';
import { OUT_OF_BUDGET, PolicyEnvironment } from '../policies/environment.ts';
import { invocationsFor, type Invocation } from '../policies/invocations.ts';
import { conditionsMatch } from '../policies/match-conditions.ts';
import type { PolicySpec, Validation } from '../policies/policy-types.ts';
import { forbidden } from '../request-info.ts';

/** A message longer than this is not used (celconfig). */
const MAX_MESSAGE_BYTES = 5 * 1024;
/** HTTP status by reason; any other is 422. */
const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

/** Why a policy says no. */
interface Denial {
  readonly message: string;
  readonly reason?: string;
}

export const validatingAdmissionPolicy: ValidationPlugin = {
  name: 'ValidatingAdmissionPolicy',
  upstream: {
    path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go',
    omits: [
      'audit annotations (but for their errors)',
      'the order of policies in the cache',
      'the exact cost of expressions',
      'who asks (a cluster administrator is assumed)',
    ],
  },
  validate(request) {
    let first: Refusal | undefined;
    for (const invocation of invocationsFor(request, 'ValidatingAdmissionPolicy')) {
      const { denied, warnings } = decide(request, invocation);
      const subject = subjectOf(invocation);
      for (const it of warnings) request.warn(`Validation failed for ${subject}: ${it}`);
      const [denial] = denied;
      if (denial) first ??= refuse(request, subject, denial);
    }
    return first;
  },
};

function subjectOf({ policy, binding }: Invocation): string {
  return (
    `ValidatingAdmissionPolicy '${policy.metadata.name}' ` +
    `with binding '${binding.metadata.name}'`
  );
}

function refuse(request: AdmissionRequest, subject: string, denial: Denial): Refusal {
  const message = `${subject} denied request: ${denial.message}`;
  const reason = denial.reason ?? 'Invalid';
  return {
    ...forbidden(request, message, [{ reason: '', message, field: '' }]),
    reason,
    code: CODES[reason] ?? 422,
  };
}

/** What the binding's actions make of the policy's decisions. */
function decide(
  request: AdmissionRequest,
  { policy, binding, params, error }: Invocation,
): { denied: Denial[]; warnings: string[] } {
  const spec = policy.spec ?? {};
  const fails = spec.failurePolicy !== 'Ignore';
  if (error !== undefined) {
    // A binding that cannot be used denies whatever its actions are.
    const message = `failed to configure binding: ${error}`;
    return { denied: fails ? [{ message }] : [], warnings: [] };
  }
  const actions = binding.spec?.validationActions ?? [];
  const [denied, warnings]: [Denial[], string[]] = [[], []];
  for (const param of params) {
    const environment = new PolicyEnvironment(request, spec, param);
    const { denials, broken } = evaluatePolicy(environment, spec);
    for (const it of denials) {
      if (actions.includes('Deny')) denied.push(it);
      if (actions.includes('Warn')) warnings.push(it.message);
    }
    // An audit annotation that fails denies even where the binding does not.
    denied.push(...broken);
  }
  return { denied, warnings };
}

function evaluatePolicy(
  environment: PolicyEnvironment,
  spec: PolicySpec,
): { denials: Denial[]; broken: Denial[] } {
  const onError = (message: string): Denial[] =>
    spec.failurePolicy === 'Ignore' ? [] : [{ message }];
  const matched = conditionsMatch(environment, spec);
  if (matched === false) return { denials: [], broken: [] };
  if (matched !== true) return { denials: onError(matched.error), broken: [] };
  const denials: Denial[] = [];
  for (const validation of spec.validations ?? []) {
    const outcome = environment.evaluate(validation.expression.trim());
    if (environment.exhausted) return { denials: onError(OUT_OF_BUDGET), broken: [] };
    if ('error' in outcome) denials.push(...onError(outcome.error));
    else if (outcome.value !== true) {
      denials.push({
        message: messageOf(environment, validation),
        ...(validation.reason ? { reason: validation.reason } : {}),
      });
    }
  }
  const broken = (spec.auditAnnotations ?? []).flatMap(({ valueExpression }) => {
    const outcome = environment.evaluate(valueExpression);
    return 'error' in outcome ? onError(outcome.error) : [];
  });
  return { denials, broken };
}

/** The message expression's text, else the message, else the expression itself. */
function messageOf(environment: PolicyEnvironment, validation: Validation): string {
  const { message, messageExpression, expression } = validation;
  if (messageExpression) {
    const outcome = environment.evaluate(messageExpression);
    if ('value' in outcome && typeof outcome.value === 'string') {
      const text = outcome.value.trim();
      const usable = text !== '' && text.length <= MAX_MESSAGE_BYTES && !text.includes('\n');
      if (usable) return text;
    }
  }
  if (message) return message.trim();
  return `failed expression: ${expression.trim()}`;
}
