/**
 * Which objects a quota with scopes looks at.
 * Upstream: pkg/quota/v1/evaluator/core/pods.go (podMatchesScopeFunc).
 */
import type { KubernetesObject, Pod, ResourceQuota } from '../../manifest/index.ts';
import { isBestEffort } from '../pod-resources.ts';

interface ScopeRequirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Whether all scopes of the quota match; without scopes every object does. */
export function scopesMatch(quota: ResourceQuota, object: KubernetesObject): boolean {
  const requirements: ScopeRequirement[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  // Only the pods' evaluator knows scopes.
  if (object.kind !== 'Pod') return false;
  return requirements.every((it) => podMatches(object as unknown as Pod, it));
}

function podMatches(pod: Pod, requirement: ScopeRequirement): boolean {
  const { spec } = pod;
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return isBestEffort(spec);
    case 'NotBestEffort':
      return !isBestEffort(spec);
    case 'PriorityClass':
      return priorityMatches(spec.priorityClassName ?? '', requirement);
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod);
    default:
      return false;
  }
}

function isTerminating({ spec }: Pod): boolean {
  return typeof spec.activeDeadlineSeconds === 'number' && spec.activeDeadlineSeconds >= 0;
}

function priorityMatches(name: string, { operator, values = [] }: ScopeRequirement): boolean {
  switch (operator) {
    case 'Exists':
      return name !== '';
    case 'DoesNotExist':
      return name === '';
    case 'In':
      return name !== '' && values.includes(name);
    case 'NotIn':
      return name === '' || !values.includes(name);
    default:
      return false;
  }
}

interface Term {
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: object;
}

function usesOtherNamespaces({ spec }: Pod): boolean {
  const crosses = (it: Term | undefined): boolean =>
    !!it && (!!it.namespaces?.length || (it.namespaceSelector ?? undefined) !== undefined);
  return [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity].some(
    (it) =>
      it?.requiredDuringSchedulingIgnoredDuringExecution?.some(crosses) ||
      it?.preferredDuringSchedulingIgnoredDuringExecution?.some((w) => crosses(w.podAffinityTerm)),
  );
}
