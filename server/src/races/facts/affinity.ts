/** Required affinity between pods, and the domains of nodes that a workload may use. */
import { namespaceOf } from '../../cluster/index.ts';
import { field, selectorMatches, type Pod, type PodAffinityTerm } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { rulings } from '../../scheduling/index.ts';
import type { RaceFix } from '../race-rule.ts';

/** Whether a term of `from` means `to`, by namespace and labels; undefined where it cannot be told. */
export function termMeans(term: PodAffinityTerm, from: Pod, to: Pod): boolean | undefined {
  if (term.matchLabelKeys?.length || term.mismatchLabelKeys?.length) return undefined;
  const { namespaces = [], namespaceSelector, labelSelector } = term;
  const target = namespaceIn(to);
  const own = namespaces.length === 0 && !namespaceSelector;
  const named = own ? namespaceIn(from) === target : namespaces.includes(target);
  if (!named && namespaceSelector) {
    const everything =
      Object.keys(namespaceSelector.matchLabels ?? {}).length === 0 &&
      (namespaceSelector.matchExpressions ?? []).length === 0;
    // Labels of namespaces are often set where no manifest shows them.
    if (!everything) return selectorMatches(labelSelector, to.metadata.labels) ? undefined : false;
  } else if (!named) return false;
  return selectorMatches(labelSelector, to.metadata.labels);
}

function namespaceIn(pod: Pod): string {
  return namespaceOf(pod);
}

/** The domains of a topology key among the nodes that the pod's own constraints leave. */
export function domainsFor({ pod, prediction }: WorkloadPrediction, key: string): Set<string> {
  const domains = new Set<string>();
  if (!pod) return domains;
  const snapshot = prediction.schedulingSnapshot;
  const refused = new Set(
    rulings(pod, snapshot, ['NodeAffinity', 'TaintToleration', 'NodeUnschedulable']).flatMap((it) =>
      it.refuses.map(({ nodeName }) => nodeName),
    ),
  );
  for (const { metadata } of prediction.snapshot.list('Node')) {
    const domain = metadata.labels?.[key];
    if (domain !== undefined && !refused.has(metadata.name)) domains.add(domain);
  }
  return domains;
}

/** Makes the required terms wishes of the highest weight. */
export function preferInstead(pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): RaceFix {
  const terms = pod.spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const wishes = pod.spec.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const added = terms.map((podAffinityTerm) => ({ weight: 100, podAffinityTerm }));
  const value = { preferredDuringSchedulingIgnoredDuringExecution: [...wishes, ...added] };
  return {
    title: 'Prefer it instead of requiring it',
    changes: [
      {
        at: field(pod).spec.affinity[kind],
        value: JSON.parse(JSON.stringify(value)) as Record<string, never>,
      },
    ],
  };
}
