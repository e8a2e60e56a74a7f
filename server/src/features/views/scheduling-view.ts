/** Nodes by plugins: who refuses, who scores, who wins. */
import { fieldAt } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import {
  alsoRefusedBy,
  DEFAULT_PLUGINS,
  smallestChanges,
  whyChosen,
  type NodeVerdict,
  type SchedulingResult,
} from '../../scheduling/index.ts';
import type { NodeVerdictView, SchedulingView } from '../../protocol/index.ts';
import { placeOf } from '../places.ts';
import { capacityText, landsText, nodesToAddTexts } from '../scheduling-texts.ts';

/** Nodes for which the other refusals are worked out too; beyond, only the first is shown. */
const MAX_EXPLAINED = 200;

export function schedulingView(workload: WorkloadPrediction): SchedulingView | null {
  const { pod, scheduling, prediction } = workload;
  if (!pod || !scheduling) return null;
  const zones = new Map(
    prediction.snapshot
      .list('Node')
      .map((it) => [it.metadata.name, it.metadata.labels?.['topology.kubernetes.io/zone'] ?? null]),
  );
  return {
    pod: pod.metadata.name,
    gated: scheduling.gated?.message ?? null,
    chosen: scheduling.nodeName ?? null,
    lands: landsText(scheduling) ?? null,
    nominated: scheduling.nominatedNodeName ?? null,
    message: resultMessage(scheduling),
    feasibleCount: scheduling.feasible.length,
    nodeCount: scheduling.nodeCount,
    filterPlugins: DEFAULT_PLUGINS.filter((it) => it.plugin.filter).map((it) => it.plugin.name),
    scorePlugins: DEFAULT_PLUGINS.filter((it) => it.plugin.score).map((it) => ({
      name: it.plugin.name,
      weight: it.weight,
    })),
    nodes: scheduling.perNode.map((it, i) => nodeView(workload, it, zones, i < MAX_EXPLAINED)),
    changes: changesOf(workload, scheduling),
    replicas: replicasOf(workload),
    why: whyChosen(scheduling)?.message ?? null,
    capacity: capacityText(workload) ?? null,
    nodesToAdd: nodesToAddTexts(workload),
  };
}

function resultMessage(result: SchedulingResult): string {
  if (result.gated) return result.gated.message;
  if (result.nodeName === undefined) return result.message ?? result.preFilter?.message ?? '';
  const tied = result.tied.length;
  return tied > 1
    ? `${tied} nodes score the same; the scheduler takes one of them by chance`
    : 'the node with the highest score';
}

function nodeView(
  workload: WorkloadPrediction,
  verdict: NodeVerdict,
  zones: ReadonlyMap<string, string | null>,
  explain: boolean,
): NodeVerdictView {
  const { nodeName, plugin, reasons, because } = verdict;
  const first = plugin
    ? [
        {
          plugin,
          reason: reasons?.join(', ') ?? '',
          because: because?.message ?? '',
          place: placeOf(because?.cites[0]),
        },
      ]
    : [];
  const { pod, prediction } = workload;
  const others =
    explain && plugin && pod ? alsoRefusedBy(pod, nodeName, prediction.schedulingSnapshot) : [];
  return {
    node: nodeName,
    zone: zones.get(nodeName) ?? null,
    feasible: verdict.feasible,
    refusals: [
      ...first,
      ...others.map((it) => ({
        plugin: it.plugin ?? '',
        reason: it.refusal.reasons.join(', '),
        because: it.refusal.because.message,
        place: placeOf(it.refusal.because.cites[0]),
      })),
    ],
    scores: verdict.scores ?? {},
    total: verdict.total ?? null,
  };
}

function changesOf(
  workload: WorkloadPrediction,
  result: SchedulingResult,
): SchedulingView['changes'] {
  const { pod, prediction } = workload;
  if (!pod || result.nodeName !== undefined || result.gated) return [];
  return smallestChanges(pod, prediction.schedulingSnapshot).map((it) => ({
    text: it.message,
    place: placeOf(it.changes[0] && fieldAt(pod, it.changes[0].path)),
  }));
}

function replicasOf(workload: WorkloadPrediction): SchedulingView['replicas'] {
  const { pods, prediction } = workload;
  if (pods.length < 2) return null;
  const placements = pods.map(({ pod }) => prediction.placementOf(pod));
  const placed = placements.filter((it) => it?.nodeName !== undefined);
  const nodes = new Map<string, number>();
  for (const it of placed) nodes.set(it?.nodeName ?? '', (nodes.get(it?.nodeName ?? '') ?? 0) + 1);
  const spread = [...nodes].map(([node, count]) => `${count} on ${node}`).join(', ');
  const next = placements.find((it) => it?.nodeName === undefined);
  const why = next ? `; the next does not: ${next.message ?? next.gated?.message ?? ''}` : '';
  return {
    wanted: pods.length,
    placed: placed.length,
    message: `${placed.length} of ${pods.length} replicas fit${spread ? ` (${spread})` : ''}${why}`,
  };
}
