/**
 * What no manifest tells: which webhooks would be called, and which policies ask who may do what.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/generic/webhook.go.
 */
import { compileCel } from '../../cluster/index.ts';
import type { KubernetesObject } from '../../manifest/index.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import { listDeclaredUntyped } from '../declared.ts';
import { PolicyEnvironment } from './environment.ts';
import { expressionsOf } from './expressions.ts';
import { invocationsFor } from './invocations.ts';
import { conditionsMatch } from './match-conditions.ts';
import { requestMatches } from './matching.ts';
import type { MatchResources, NamedExpression, NamedRule, PolicySpec } from './policy-types.ts';

/** A webhook that the API server would call for the request; its answer cannot be predicted. */
export interface CalledWebhook {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly configuration: KubernetesObject;
  /** The webhook's own name in the configuration. */
  readonly name: string;
  /** What happens where the call fails: `Fail` refuses the request. */
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
}

interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly timeoutSeconds?: number;
  readonly rules?: readonly NamedRule[];
  readonly namespaceSelector?: MatchResources['namespaceSelector'];
  readonly objectSelector?: MatchResources['objectSelector'];
  readonly matchPolicy?: string;
  readonly matchConditions?: readonly NamedExpression[];
}

const CONFIGURATIONS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;

/** The declared webhooks that look at the request, mutating ones first, in the server's order. */
export function webhooksFor(request: AdmissionRequest): CalledWebhook[] {
  return CONFIGURATIONS.flatMap((kind) => {
    const configurations = listDeclaredUntyped(request.snapshot, kind).toSorted((a, b) =>
      a.metadata.name < b.metadata.name ? -1 : 1,
    );
    return configurations.flatMap((configuration) => {
      const { webhooks = [] } = configuration as { readonly webhooks?: readonly Webhook[] };
      return webhooks
        .filter((it) => isCalled(request, it))
        .map(({ name, failurePolicy = 'Fail', timeoutSeconds = 10 }) => ({
          kind,
          configuration,
          name,
          failurePolicy,
          timeoutSeconds,
        }));
    });
  });
}

function isCalled(request: AdmissionRequest, webhook: Webhook): boolean {
  const { rules = [], matchConditions, ...selectors } = webhook;
  // Unlike a policy's constraints, no rules match nothing.
  if (rules.length === 0) return false;
  if (!requestMatches(request, { ...selectors, resourceRules: rules })) return false;
  const spec: PolicySpec = { matchConditions };
  return conditionsMatch(new PolicyEnvironment(request, spec, undefined), spec) !== false;
}

/** Policies that apply and ask who the user is or may do: what they answer is assumed. */
export function policiesThatAskWho(request: AdmissionRequest): string[] {
  const names = new Set<string>();
  for (const kind of ['MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy'] as const) {
    for (const { policy } of invocationsFor(request, kind)) {
      if (expressionsOf(policy.spec ?? {}).some((it) => asksWho(it))) {
        names.add(policy.metadata.name);
      }
    }
  }
  return [...names];
}

function asksWho(expression: string): boolean {
  return compileCel(expression).uses.has('authorizer') || expression.includes('request.userInfo');
}
