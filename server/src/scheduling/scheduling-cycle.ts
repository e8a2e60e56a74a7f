/**
 * One pod against all nodes: filter, preempt, score, choose.
 * Follows pkg/scheduler/schedule_one.go. Left out: that a real scheduler with more than 100 nodes
 * stops looking once it has found enough feasible ones; here every node is asked.
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import { field, type Pod } from '../manifest/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import { runPreFilters, type PluginRefusal, type PreFilterResult } from './filters.ts';
import { fitErrorMessage } from './fit-error.ts';
import { unresolvable, type PostFilterOutcome, type Refusal } from './framework.ts';
import { scoreNodes } from './scores.ts';
import { SchedulingResult } from './scheduling-result.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** What of a cycle may be left out where only a part of its answer is wanted. */
export interface SchedulingOptions {
  /** Whether preemption is tried where no node is feasible; it is, unless false. */
  readonly preempt?: boolean;
  /** Whether feasible nodes are scored; they are, unless false. */
  readonly score?: boolean;
}

/** What the event says where there is nothing to choose from. */
const NO_NODES = 'no nodes available to schedule pods';

/** One scheduling cycle of the default profile. */
export function schedule(
  pod: Pod,
  snapshot: SchedulingSnapshot,
  options: SchedulingOptions = {},
): SchedulingResult {
  const info = snapshot.podInfo(pod);
  const { nodes } = snapshot;
  const gate = firstGate(info);
  if (gate) {
    return new SchedulingResult({ pod: info, nodes, gated: podRefusal(gate) });
  }
  if (nodes.length === 0) return new SchedulingResult({ pod: info, nodes, message: NO_NODES });
  const prepared = runPreFilters(info, snapshot);
  const refusals = prepared.refused
    ? nodes.map(() => prepared.refused)
    : filterNodes(nodes, prepared, info);
  const feasible = prepared.refused ? [] : nodes.filter((it) => !refusals[it.index]);
  if (feasible.length === 0) return notScheduled(info, snapshot, prepared, refusals, options);
  const promised = feasible.find((it) => it.name === pod.status?.nominatedNodeName)?.name;
  const error = feasible.length > 1 && !promised ? scoreError(info) : undefined;
  if (error) return endedBy(error, info, nodes);
  const scored = options.score !== false;
  const scores = scored ? scoreNodes(info, feasible, snapshot) : undefined;
  return new SchedulingResult({ pod: info, nodes, refusals, feasible, scores, promised });
}

/** Every refusal a pod meets on one node, in the order of the plugins; the first is the verdict. */
export function refusalsOf(
  pod: Pod,
  nodeName: string,
  snapshot: SchedulingSnapshot,
): readonly PluginRefusal[] {
  const info = snapshot.podInfo(pod);
  const node = snapshot.node(nodeName);
  if (!node) return [];
  const { filters, refused } = allPreFilters(info, snapshot);
  return [...(refused ? [refused] : []), ...filters.every(node)];
}

/** What would refuse the pod on a node besides the first refusal, which is the verdict. */
export function alsoRefusedBy(
  pod: Pod,
  nodeName: string,
  snapshot: SchedulingSnapshot,
): readonly PluginRefusal[] {
  return refusalsOf(pod, nodeName, snapshot).slice(1);
}

/** The last pod of a snapshot that was asked about: one node after the other is. */
const LAST_ASKED = new WeakMap<
  SchedulingSnapshot,
  { readonly pod: PodInfo; readonly result: PreFilterResult }
>();

function allPreFilters(pod: PodInfo, snapshot: SchedulingSnapshot): PreFilterResult {
  const last = LAST_ASKED.get(snapshot);
  if (last?.pod === pod) return last.result;
  const result = runPreFilters(pod, snapshot, true);
  LAST_ASKED.set(snapshot, { pod, result });
  return result;
}

function firstGate(pod: PodInfo): PluginRefusal | undefined {
  for (const { plugin } of DEFAULT_PLUGINS) {
    const refusal = plugin.preEnqueue?.(pod);
    if (refusal) return { plugin: plugin.name, refusal };
  }
  return undefined;
}

/** What keeps nodes from being compared; nobody asks where there is only one. */
function scoreError(pod: PodInfo): PluginRefusal | undefined {
  for (const { plugin } of DEFAULT_PLUGINS) {
    const refusal = plugin.cannotScore?.(pod);
    if (refusal) return { plugin: plugin.name, refusal };
  }
  return undefined;
}

/** A cycle that ends with an error of the scheduler instead of an answer for each node. */
function endedBy(error: PluginRefusal, pod: PodInfo, nodes: readonly NodeInfo[]): SchedulingResult {
  const refused = podRefusal(error);
  return new SchedulingResult({
    pod,
    nodes,
    refusals: nodes.map(() => error),
    preFilter: refused,
    message: `running PreScore plugin "${refused.plugin}": ${refused.message}`,
  });
}

/** The first refusal of each node by its index; nodes a preFilter left out are refused as one. */
function filterNodes(
  nodes: readonly NodeInfo[],
  { filters, nodeNames, narrowedBy }: PreFilterResult,
  pod: PodInfo,
): readonly (PluginRefusal | undefined)[] {
  if (!nodeNames) return nodes.map((it) => filters.first(it));
  const leftOut = {
    plugin: '',
    refusal: unresolvable(`node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]`, () => ({
      message: `Only nodes the pod asks for by name are looked at: ${[...nodeNames].join(', ')}.`,
      cites: [field(pod.pod).spec.affinity.nodeAffinity],
    })),
  };
  return nodes.map((it) => (nodeNames.has(it.name) ? filters.first(it) : leftOut));
}

function notScheduled(
  pod: PodInfo,
  snapshot: SchedulingSnapshot,
  { filters, refused }: PreFilterResult,
  refusals: readonly (PluginRefusal | undefined)[],
  { preempt }: SchedulingOptions,
): SchedulingResult {
  const { nodes } = snapshot;
  const byIndex = new Map<number, Refusal>();
  refusals.forEach((it, index) => {
    if (it) byIndex.set(index, it.refusal);
  });
  const messages: string[] = [];
  let outcome: PostFilterOutcome = {};
  for (const { plugin } of preempt === false ? [] : DEFAULT_PLUGINS) {
    if (!plugin.postFilter) continue;
    outcome = plugin.postFilter({
      pod,
      snapshot,
      refusals: byIndex,
      filtered: !refused,
      dryRun: filters,
    });
    if (outcome.nominatedNodeName !== undefined) messages.length = 0;
    else if (outcome.message) messages.push(outcome.message);
    if (outcome.final || outcome.nominatedNodeName !== undefined) break;
  }
  const message = fitErrorMessage({
    nodeCount: nodes.length,
    refusals: [...byIndex.values()],
    preFilter: refused?.refusal.reasons.join(', '),
    postFilter: messages.join(', '),
  });
  return new SchedulingResult({
    pod,
    nodes,
    refusals,
    preFilter: refused ? podRefusal(refused) : undefined,
    message,
    nominatedNodeName: outcome.nominatedNodeName,
    victims: outcome.victims,
    pdbViolations: outcome.pdbViolations,
  });
}

function podRefusal({ plugin, refusal }: PluginRefusal) {
  return { plugin, message: refusal.reasons.join(', '), because: refusal.because };
}
