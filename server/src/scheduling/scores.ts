/**
 * The preScore and score points of one cycle, normalised and weighed.
 * Follows pkg/scheduler/framework/runtime/framework.go (RunScorePlugins).
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import type { SchedulerPlugin } from './framework.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** Nodes that are scored by all plugins before the next ones are. */
const AT_ONCE = 256;

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
  const scorers = activeScorers(pod, feasible, snapshot);
  // Some nodes at a time with all plugins: what is read of a node is then still at hand.
  for (let start = 0; start < feasible.length; start += AT_ONCE) {
    const end = Math.min(feasible.length, start + AT_ONCE);
    for (const { score, state, scores } of scorers) {
      for (let i = start; i < end; i++) {
        const node = feasible[i];
        if (node) scores[i] = score(pod, node, state);
      }
    }
  }
  const totals = new Float64Array(feasible.length);
  const plugins = scorers.map(({ plugin, weight, state, scores }): PluginScores => {
    const raw = keepRaw ? scores.slice() : undefined;
    plugin.normalizeScores?.(scores, feasible, state);
    for (let i = 0; i < scores.length; i++) {
      const score = (scores[i] ?? 0) * weight;
      scores[i] = score;
      totals[i] = (totals[i] ?? 0) + score;
    }
    return { plugin: plugin.name, weight, weighted: scores, raw };
  });
  return { plugins, totals };
}

/** A plugin that has something to say, and where its scores are put. */
interface Scorer {
  readonly plugin: SchedulerPlugin;
  readonly score: NonNullable<SchedulerPlugin['score']>;
  readonly weight: number;
  readonly state: unknown;
  readonly scores: Float64Array;
}

function activeScorers(
  pod: PodInfo,
  feasible: readonly NodeInfo[],
  snapshot: SchedulingSnapshot,
): readonly Scorer[] {
  const found: Scorer[] = [];
  for (const { plugin, weight } of DEFAULT_PLUGINS) {
    const { score } = plugin;
    if (!score) continue;
    const outcome = plugin.preScore?.(pod, feasible, snapshot) ?? { state: undefined };
    if ('skip' in outcome) continue;
    const scores = new Float64Array(feasible.length);
    found.push({ plugin, score, weight, state: outcome.state, scores });
  }
  return found;
}
