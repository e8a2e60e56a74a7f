/**
 * A cycle in the annotations of kube-scheduler-simulator, for tools that read those.
 * Left out: what its Reserve, Permit and Bind plugins would have said.
 */
import type { Pod } from '../manifest/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import { runPreFilters, type PreFilterResult } from './filters.ts';
import { Refusal } from './framework.ts';
import { schedule } from './scheduling-cycle.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';
import { scoreNodes, type PluginScores } from './scores.ts';

const PREFIX = 'kube-scheduler-simulator.sigs.k8s.io/';

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The annotations by their full keys; JSON texts with sorted keys, as Go writes maps. */
export function simulatorAnnotations(
  pod: Pod,
  snapshot: SchedulingSnapshot,
): Readonly<Record<string, string>> {
  const info = snapshot.podInfo(pod);
  const result = schedule(pod, snapshot, { score: false });
  if (result.gated) return {};
  const prepared = runPreFilters(info, snapshot);
  const names = new Set(result.feasible);
  const feasible = snapshot.nodes.filter((it) => names.has(it.name));
  const { plugins } = scoreNodes(info, feasible, snapshot, true);
  const scores = (of: (it: PluginScores) => Float64Array | undefined): Table =>
    Object.fromEntries(
      feasible.map((node, i) => [
        node.name,
        Object.fromEntries(plugins.map((it) => [it.plugin, String(of(it)?.[i] ?? 0)])),
      ]),
    );
  const { nominatedNodeName } = result;
  const { nodeName } = schedule(pod, snapshot, { preempt: false });
  const values: Readonly<Record<string, unknown>> = {
    'prefilter-result-status': preFilterStatus(prepared),
    'prefilter-result': preFilterNodes(prepared),
    'filter-result': filterResult(prepared, snapshot),
    'postfilter-result': nominatedNodeName === undefined ? {} : { DefaultPreemption: 'success' },
    'prescore-result': preScoreStatus(plugins, feasible.length),
    'score-result': scores((it) => it.raw),
    'finalscore-result': scores((it) => it.weighted),
  };
  return {
    ...Object.fromEntries(Object.entries(values).map(([key, it]) => [PREFIX + key, sorted(it)])),
    ...(nodeName === undefined ? {} : { [`${PREFIX}selected-node`]: nodeName }),
  };
}

function preFilterStatus({ asked }: PreFilterResult): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...asked].map(([plugin, it]) => [plugin, it instanceof Refusal ? it.reasons.join(', ') : it]),
  );
}

function preFilterNodes({ nodeNames, narrowedBy }: PreFilterResult): Table | object {
  if (!nodeNames) return {};
  return Object.fromEntries(narrowedBy.map((it) => [it, [...nodeNames].sort()]));
}

function filterResult(
  { filters, refused, nodeNames }: PreFilterResult,
  snapshot: SchedulingSnapshot,
) {
  const table: Record<string, Record<string, string>> = {};
  if (refused) return table;
  for (const node of snapshot.nodes) {
    if (nodeNames && !nodeNames.has(node.name)) continue;
    const first = filters.first(node);
    const row: Record<string, string> = {};
    for (const name of filters.names) {
      row[name] = name === first?.plugin ? first.refusal.reasons.join(', ') : 'passed';
      if (name === first?.plugin) break;
    }
    table[node.name] = row;
  }
  return table;
}

function preScoreStatus(scored: readonly PluginScores[], feasible: number) {
  if (feasible === 0) return {};
  const names = new Set(scored.map((it) => it.plugin));
  return Object.fromEntries(
    DEFAULT_PLUGINS.filter((it) => it.plugin.preScore).map(({ plugin }) => [
      plugin.name,
      names.has(plugin.name) ? 'success' : '',
    ]),
  );
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) =>
    it !== null && typeof it === 'object' && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}
