/**
 * Which policies are run against a request, by which binding and with which parameter.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go.
 * Upstream takes policies in the order of a cache; here they come as they are declared.
 */
import { isClusterScoped, namespaceOf } from '../../cluster/index.ts';
import { selectorMatches, type KubernetesObject } from '../../manifest/index.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import { listDeclaredUntyped } from '../declared.ts';
import { brokenExpressions } from './expressions.ts';
import { requestMatches } from './matching.ts';
import type { Binding, Policy } from './policy-types.ts';

/** A policy that looks at the request, bound. */
export interface Invocation {
  readonly policy: Policy;
  readonly binding: Binding;
  /** One run a parameter; undefined where the policy has none. */
  readonly params: readonly (KubernetesObject | undefined)[];
  /** Why the binding cannot be used. */
  readonly error?: string;
}

/** All that applies, in the order of the declared policies and bindings. */
export function invocationsFor(
  request: AdmissionRequest,
  kind: 'ValidatingAdmissionPolicy' | 'MutatingAdmissionPolicy',
): Invocation[] {
  const { snapshot } = request;
  const policies: readonly Policy[] = listDeclaredUntyped(snapshot, kind);
  if (policies.length === 0 || isExempt(request)) return [];
  const bindings: readonly Binding[] = listDeclaredUntyped(snapshot, `${kind}Binding`);
  const found: Invocation[] = [];
  for (const policy of policies) {
    const constraints = policy.spec?.matchConstraints;
    if (!constraints || !requestMatches(request, constraints)) continue;
    // The server has refused a policy that does not compile, so it is not there.
    if (brokenExpressions(policy).length > 0) continue;
    for (const binding of bindings) {
      if (binding.spec?.policyName !== policy.metadata.name) continue;
      if (!requestMatches(request, binding.spec.matchResources)) continue;
      found.push({ policy, binding, ...paramsOf(request, policy, binding) });
    }
  }
  return found;
}

/** Policies do not govern policies and webhook configurations. */
function isExempt({ apiVersion }: AdmissionRequest): boolean {
  return apiVersion.startsWith('admissionregistration.k8s.io/');
}

function paramsOf(
  { snapshot, namespace }: AdmissionRequest,
  { spec: policy }: Policy,
  { spec: binding }: Binding,
): Pick<Invocation, 'params' | 'error'> {
  const [kind, ref] = [policy?.paramKind, binding?.paramRef];
  if (!kind || !ref) return { params: [undefined] };
  const all = listDeclaredUntyped(snapshot, kind.kind ?? '').filter(
    (it) => it.apiVersion === kind.apiVersion,
  );
  const clusterScoped = isClusterScoped(kind.kind ?? '');
  const refused = (error: string) => ({ params: [], error });
  if (clusterScoped && ref.namespace) {
    return refused('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const from = clusterScoped ? '' : ref.namespace || namespace;
  if (!clusterScoped && from === '') {
    return refused(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  }
  if (ref.name && ref.selector) {
    return refused('paramRef.name and paramRef.selector are mutually exclusive');
  }
  if (!ref.name && !ref.selector) return refused('one of name or selector must be provided');
  const params = all.filter(
    (it) =>
      (clusterScoped || namespaceOf(it) === from) &&
      (ref.name
        ? it.metadata.name === ref.name
        : selectorMatches(ref.selector, it.metadata.labels)),
  );
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    return refused('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return { params };
}
