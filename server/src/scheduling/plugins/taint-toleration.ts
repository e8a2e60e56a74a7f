/**
 * Keeps a pod off nodes with a taint it does not tolerate, and away from those to be avoided.
 *
 * NoExecute counts here as NoSchedule does. That it also evicts running pods belongs to the
 * lifecycle simulation.
 */
import type { PodInfo } from '../../cluster/index.ts';
import { each, field, keyOf, type Taint } from '../../manifest/index.ts';
import {
  normalizeToMax,
  SUCCESS,
  unresolvable,
  type FilterPlugin,
  type PreFilterPlugin,
  type PreScorePlugin,
  type ScorePlugin,
} from '../framework.ts';
import { formatTaint, tolerates, untoleratedTaint } from '../tolerations.ts';

/** By the number of a list of taints: the first one that keeps the pod off, null for none. */
type ByTaintSet = (Taint | null | undefined)[];

export const taintToleration = {
  name: 'TaintToleration',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go',
    omits: [
      'EventsToRegister: nothing is queued, so nothing wakes',
      'the operators Gt and Lt, whose feature gate is off',
    ],
  },

  preFilter() {
    return { state: [] };
  },

  filter(pod, { facts }, byTaintSet) {
    if (facts.taints.length === 0) return SUCCESS;
    let taint = byTaintSet[facts.taintSet];
    if (taint === undefined) {
      taint = untoleratedTaint(pod.pod, facts.taints) ?? null;
      byTaintSet[facts.taintSet] = taint;
    }
    if (taint === null) return SUCCESS;
    return unresolvable('node(s) had untolerated taint(s)', () => {
      const refusing = untoleratedTaint(pod.pod, facts.taints);
      const at = [...each(field(facts.node).spec.taints)].find(([it]) => it === refusing)?.[1];
      return {
        message:
          `${facts.name} has the taint ${refusing ? formatTaint(refusing) : ''}, ` +
          'and the pod does not tolerate it.',
        cites: [...(at ? [keyOf(at.key)] : []), field(pod.pod).spec.tolerations],
      };
    });
  },

  preScore() {
    return { state: [] };
  },

  score(pod, { facts }, counts) {
    if (facts.taints.length === 0) return 0;
    let count = counts[facts.taintSet];
    if (count === undefined) {
      count = avoidedTaints(pod, facts.taints);
      counts[facts.taintSet] = count;
    }
    return count;
  },

  normalizeScores(scores) {
    normalizeToMax(scores, true);
  },
} satisfies PreFilterPlugin<ByTaintSet> &
  FilterPlugin<ByTaintSet> &
  PreScorePlugin<number[]> &
  ScorePlugin<number[]>;

function avoidedTaints({ pod }: PodInfo, taints: readonly Taint[]): number {
  const tolerations = (pod.spec.tolerations ?? []).filter(
    (it) => !it.effect || it.effect === 'PreferNoSchedule',
  );
  let count = 0;
  for (const taint of taints) {
    if (taint.effect !== 'PreferNoSchedule') continue;
    if (!tolerations.some((it) => tolerates(it, taint))) count++;
  }
  return count;
}
