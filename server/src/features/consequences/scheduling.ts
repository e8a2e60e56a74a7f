/** Fields that rule nodes in and out: which, by name. */
import type { SchedulingResult } from '../../scheduling/index.ts';
import type { PodConsequence, PodContext } from './consequence.ts';

/** The plugins that look at a field. */
const FIELDS: readonly (readonly [string, readonly string[]])[] = [
  ['spec.nodeSelector', ['NodeAffinity']],
  ['spec.affinity.nodeAffinity', ['NodeAffinity']],
  ['spec.affinity.podAffinity', ['InterPodAffinity']],
  ['spec.affinity.podAntiAffinity', ['InterPodAffinity']],
  ['spec.tolerations', ['TaintToleration', 'NodeUnschedulable']],
  ['spec.topologySpreadConstraints', ['PodTopologySpread']],
  ['spec.nodeName', ['NodeName']],
  ['spec.resources', ['NodeResourcesFit']],
  ['spec.containers[*].resources', ['NodeResourcesFit']],
  ['spec.initContainers[*].resources', ['NodeResourcesFit']],
  ['spec.containers[*].ports[*].hostPort', ['NodePorts']],
  ['spec.volumes', ['VolumeBinding', 'VolumeZone', 'VolumeRestrictions', 'NodeVolumeLimits']],
];
const MAX_NODES = 8;

export const SCHEDULING_CONSEQUENCES: readonly PodConsequence[] = FIELDS.map(
  ([field, plugins]) => ({
    field,
    tell: ({ workload }: PodContext) => {
      const { scheduling } = workload;
      return scheduling && nodesText(scheduling, plugins);
    },
  }),
);

/** Which nodes the plugins refuse, and how many are left. */
function nodesText(result: SchedulingResult, plugins: readonly string[]): string | undefined {
  if (result.nodeCount === 0 || result.gated) return undefined;
  const refused = result.perNode.filter(
    (it) => it.plugin !== undefined && plugins.includes(it.plugin),
  );
  const lines = refused
    .slice(0, MAX_NODES)
    .map((it) => `- \`${it.nodeName}\`: ${it.because?.message ?? it.reasons?.join(', ') ?? ''}`);
  const more = refused.length > MAX_NODES ? [`- and ${refused.length - MAX_NODES} more`] : [];
  const head =
    refused.length === 0
      ? `Rules out none of ${result.nodeCount} nodes.`
      : `Leaves ${result.nodeCount - refused.length} of ${result.nodeCount} nodes. Ruled out:`;
  return [head, ...lines, ...more].join('\n');
}
