/** Fields that rule nodes in and out: which, by name, and how much room is left. */
import { podRequests } from '../../cluster/index.ts';
import { rulings, type Ruling, type SchedulingResult } from '../../scheduling/index.ts';
import { capacityText, worldBeside } from '../scheduling-texts.ts';
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
const MAX_NODES = 6;

export const SCHEDULING_CONSEQUENCES: readonly PodConsequence[] = [
  ...FIELDS.map(([field, plugins]) => ({
    field,
    tell: (context: PodContext) => nodesText(context, plugins),
  })),
  ...['spec.resources', 'spec.containers[*].resources', 'spec.initContainers[*].resources'].map(
    (field) => ({ field, tell: roomText }),
  ),
  { field: 'spec.priorityClassName', tell: priorityText },
  { field: 'spec.schedulingGates', tell: ({ workload }) => workload.scheduling?.gated?.message },
];

/** Which nodes the plugins alone let pass, and what they weigh. */
function nodesText(context: PodContext, plugins: readonly string[]): string | undefined {
  const { workload } = context;
  const { pod, scheduling } = workload;
  if (!pod || isLimit(context) || !scheduling || scheduling.nodeCount === 0) return undefined;
  const found = rulings(pod, worldBeside(workload), plugins);
  const weighs = weighsText(scheduling, plugins);
  const refused = refusals(found);
  const total = scheduling.nodeCount;
  if (refused.size === 0) {
    return [`Rules out none of ${nodes(total)}.`, ...weighs].join(' ');
  }
  const left = [...(found[0]?.admits ?? [])].filter((it) => !refused.has(it));
  const names = left.length === 0 ? '' : `: ${listed(left.map((it) => `\`${it}\``))}`;
  const lines = [...refused].slice(0, MAX_NODES).map(([, why]) => `- ${why}`);
  const more = refused.size > MAX_NODES ? [`- and ${refused.size - MAX_NODES} more`] : [];
  const head = `Leaves ${left.length} of ${nodes(total)}${names}. Ruled out:`;
  return [head, ...lines, ...more, ...weighs.map((it) => `\n${it}`)].join('\n');
}

/** Refused nodes by name, with the sentence of the first plugin that refuses. */
function refusals(found: readonly Ruling[]): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  for (const { refuses } of found) {
    for (const { nodeName, refusal } of refuses) {
      if (!refused.has(nodeName)) refused.set(nodeName, refusal.because.message);
    }
  }
  return refused;
}

/** Points that the plugins give, where they tell the feasible nodes apart. */
function weighsText(result: SchedulingResult, plugins: readonly string[]): readonly string[] {
  return plugins.flatMap((plugin) => {
    const points = result.perNode.flatMap(({ nodeName, scores }) => {
      const score = scores?.[plugin];
      return score === undefined ? [] : [{ nodeName, score }];
    });
    const values = new Set(points.map((it) => it.score));
    if (values.size < 2) return [];
    const best = points.toSorted((a, b) => b.score - a.score);
    return [`Prefers ${listed(best.map((it) => `\`${it.nodeName}\` (${it.score} points)`))}.`];
  });
}

/** What a whole pod asks for, and how many more of it there is room for. */
function roomText(context: PodContext): string | undefined {
  const { workload } = context;
  const { pod } = workload;
  if (!pod || isLimit(context)) return undefined;
  const { requests } = podRequests(pod);
  const { milliCpu, memory, scalar } = requests;
  const parts = [
    ...(milliCpu > 0 ? [`${cpuText(milliCpu)} CPU`] : []),
    ...(memory > 0 ? [`${memoryText(memory)} of memory`] : []),
    ...[...scalar].map(([name, amount]) => `${amount} ${name}`),
  ];
  const all =
    parts.length === 0 ? 'The pod requests nothing.' : `The pod requests ${listed(parts)}.`;
  return [all, capacityText(workload)].filter((it) => it !== undefined).join(' ');
}

/** The scheduler counts requests; limits are the node's business. */
function isLimit({ path }: PodContext): boolean {
  return path.includes('limits');
}

function cpuText(milliCpu: number): string {
  return milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m`;
}

function memoryText(bytes: number): string {
  for (const [suffix, unit] of [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const) {
    if (bytes >= unit) return `${Math.round((bytes / unit) * 100) / 100}${suffix}`;
  }
  return `${bytes} bytes`;
}

/** The priority that the class gives. */
function priorityText({ workload }: PodContext): string | undefined {
  const { pod, prediction } = workload;
  const { priority, priorityClassName = '' } = pod?.spec ?? {};
  if (priority === undefined) return undefined;
  const lower = prediction.workloads.filter((it) => (it.pod?.spec.priority ?? 0) < priority);
  const after = lower.map((it) => `\`${it.name}\``);
  const first = after.length === 0 ? '' : `; scheduled before ${listed(after)}`;
  return `Priority ${priority}${priorityClassName ? ` of \`${priorityClassName}\`` : ''}${first}.`;
}

function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, MAX_NODES).join(', ');
  return items.length > MAX_NODES ? `${shown} and ${items.length - MAX_NODES} more` : shown;
}
