/**
 * A rollout, a drain and a budget in one sentence each: what a lens, a hover and the command line
 * say.
 */
import { formatWindow } from '../explanation/index.ts';
import type { DrainPlan } from './drain.ts';
import type { Rollout } from './rollout-model.ts';

/** `done in 12s to 14s: never fewer than 3 Ready, never more than 4 pods`. */
export function describeRollout(rollout: Rollout): string {
  const { outcome, duration, minReady, maxPods, maxTotal, newReady, after, because } = rollout;
  if (outcome === 'nothing-to-do') return because[0]?.message ?? 'nothing changes';
  const bounds =
    `never fewer than ${minReady} Ready, never more than ${maxPods} pods` +
    (maxTotal > maxPods ? ` (${maxTotal} with those that terminate)` : '');
  if (outcome === 'complete') return `done in ${formatWindow(duration)}: ${bounds}`;
  const cause = because[0] ? `: ${because[0].message}` : '';
  return `stuck with ${after.ready} Ready, ${newReady} of them new${cause}`;
}

/** `evicts 3 pods in 2 rounds`, or what blocks it. */
export function describeDrain({
  node,
  rounds,
  blocked,
  refused,
  homeless,
  outcome,
}: DrainPlan): string {
  if (outcome === 'refused')
    return `kubectl does not drain ${node}: ${refused[0]?.because.message ?? ''}`;
  if (outcome === 'blocked') {
    const [first] = blocked;
    const why = first?.verdict.cause ?? first?.verdict.message ?? '';
    const pod = first?.pod.metadata.name ?? '';
    const ends = first?.verdict.code === 500 ? 'fails' : 'never ends';
    return `the drain of ${node} ${ends}: ${pod} cannot be evicted (${why})`;
  }
  const evicted = rounds.flat().filter((it) => it.verdict.code === 201).length;
  if (evicted === 0) return `${node} has no pod to evict`;
  const pods = evicted === 1 ? '1 pod' : `${evicted} pods`;
  const inRounds = rounds.length === 1 ? 'at once' : `in ${rounds.length} rounds`;
  const lost = homeless.length > 0 ? `; ${homeless.length} find no other node` : '';
  return `the drain of ${node} evicts ${pods} ${inRounds}${lost}`;
}
