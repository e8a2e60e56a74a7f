/**
 * The preScore and score points of one cycle, normalised and weighed.
 * Follows pkg/scheduler/framework/runtime/framework.go (RunScorePlugins).
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** One plugin's scores of the feasible nodes, by their place in that list. */
export interface PluginScores {
  readonly plugin: string;
  readonly weight: number;
  /** Between 0 and 100 times the weight. */
  readonly weighted: Float64Array;
  /** As the plugin gave them, where they were asked for. */
  readonly raw?: Float64Array;
}

/** The scores of all plugins that had something to say, and their sums. */
export interface Scores {
  readonly plugins: readonly PluginScores[];
  readonly totals: Float64Array;
}

/** Scores the feasible nodes. */
export function scoreNodes(
  pod: PodInfo,
  feasible: readonly NodeInfo[],
  snapshot: SchedulingSnapshot,
  keepRaw = false,
): Scores {
  const plugins: PluginScores[] = [];
  const totals = new Float64Array(feasible.length);
  for (const { plugin, weight } of DEFAULT_PLUGINS) {
    if (!plugin.score) continue;
    const outcome = plugin.preScore?.(pod, feasible, snapshot) ?? { state: undefined };
    if ('skip' in outcome) continue;
    const weighted = new Float64Array(feasible.length);
    for (let i = 0; i < feasible.length; i++) {
      const node = feasible[i];
      if (node) weighted[i] = plugin.score(pod, node, outcome.state);
    }
    const raw = keepRaw ? weighted.slice() : undefined;
    plugin.normalizeScores?.(weighted, feasible, outcome.state);
    for (let i = 0; i < weighted.length; i++) {
      const score = (weighted[i] ?? 0) * weight;
      weighted[i] = score;
      totals[i] = (totals[i] ?? 0) + score;
    }
    plugins.push({ plugin: plugin.name, weight, weighted, raw });
  }
  return { plugins, totals };
}
