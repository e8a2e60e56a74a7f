/** Pods that can only run on one node. */
import type { WorkloadPrediction } from '../../prediction/index.ts';

/** Whether the pods can only run on one node, beside each other. */
export function isPinnedToNode({ pod, prediction }: WorkloadPrediction): boolean {
  if (!pod) return false;
  const { nodeName, nodeSelector, affinity } = pod.spec;
  if (nodeName || nodeSelector?.['kubernetes.io/hostname']) return true;
  if (!prediction.world.declared.usesDefaultNodes && prediction.snapshot.list('Node').length === 1)
    return true;
  const terms = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const nodes = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const named = nodes?.nodeSelectorTerms.some((term) =>
    [...(term.matchExpressions ?? []), ...(term.matchFields ?? [])].some(
      (it) =>
        (it.key === 'kubernetes.io/hostname' || it.key === 'metadata.name') &&
        it.operator === 'In' &&
        it.values?.length === 1,
    ),
  );
  return named === true || terms.some((it) => it.topologyKey === 'kubernetes.io/hostname');
}
