/**
 * Whether a policy, a binding or a webhook looks at a request.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/matching/matching.go,
 * plugin/webhook/predicates. Equivalent resources (matchPolicy) are those that are served in
 * several versions or groups.
 */
import { isClusterScoped } from '../../cluster/index.ts';
import { selectorMatches, type LabelSelector, type Labels } from '../../manifest/index.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { resourceOf } from '../request-info.ts';
import type { MatchResources, NamedRule } from './policy-types.ts';

const EVERYTHING: LabelSelector = {};
/** Group and version of what a 1.36 server also serves a resource as. */
const SERVED_ALSO_AS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  horizontalpodautoscalers: [
    ['autoscaling', 'v1'],
    ['autoscaling', 'v2'],
  ],
  events: [
    ['', 'v1'],
    ['events.k8s.io', 'v1'],
  ],
};

/** Whether all constraints hold; a missing set of constraints holds for all. */
export function requestMatches(
  request: AdmissionRequest,
  constraints: MatchResources | undefined,
): boolean {
  if (!constraints) return true;
  const { namespaceSelector, objectSelector, excludeResourceRules, resourceRules } = constraints;
  if (!namespaceMatches(request, namespaceSelector)) return false;
  if (!selectorMatches(objectSelector ?? EVERYTHING, request.object.metadata.labels)) return false;
  const equivalent = (constraints.matchPolicy ?? 'Equivalent') === 'Equivalent';
  if (excludeResourceRules?.some((it) => ruleMatches(request, it, equivalent))) return false;
  if (!resourceRules?.length) return true;
  return resourceRules.some((it) => ruleMatches(request, it, equivalent));
}

/** Cluster-scoped objects other than Namespaces are not held to a namespace selector. */
function namespaceMatches(
  request: AdmissionRequest,
  selector: LabelSelector = EVERYTHING,
): boolean {
  if (request.kind === 'Namespace') {
    return selectorMatches(selector, labelsWithName(request.object.metadata));
  }
  if (request.namespace === '') return true;
  return selectorMatches(selector, namespaceLabels(request));
}

/** The labels of the request's Namespace, with the one that the API server always sets. */
export function namespaceLabels({ snapshot, namespace }: AdmissionRequest): Labels {
  const declared = getDeclared(snapshot, 'Namespace', '', namespace);
  return labelsWithName({ name: namespace, labels: declared?.metadata.labels });
}

function labelsWithName({ name, labels }: { readonly name: string; readonly labels?: Labels }) {
  return { ...labels, 'kubernetes.io/metadata.name': name };
}

/** One rule: operation, group, version, resource, scope, names. */
export function ruleMatches(
  request: AdmissionRequest,
  rule: NamedRule,
  equivalent: boolean,
): boolean {
  const { group, version, resource } = resourceOf(request);
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    !!list?.some((it) => it === '*' || it === value);
  if (!has(rule.operations, 'CREATE')) return false;
  const served = [[group, version], ...(equivalent ? (SERVED_ALSO_AS[resource] ?? []) : [])];
  const fits = ([g = '', v = '']: readonly string[]): boolean =>
    has(rule.apiGroups, g) && has(rule.apiVersions, v);
  if (!served.some(fits)) return false;
  const resources = rule.resources ?? [];
  if (!resources.some((it) => it === '*' || it === '*/*' || it === resource)) return false;
  const scope = isClusterScoped(request.kind) ? 'Cluster' : 'Namespaced';
  if (rule.scope && rule.scope !== '*' && rule.scope !== scope) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || names.includes(request.object.metadata.name);
}
