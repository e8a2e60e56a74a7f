/** A rollout over time, and what a drain of each node would be allowed. */
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { RolloutView } from '../../protocol/index.ts';
import { windowView } from './timeline-view.ts';

const OUTCOMES = {
  complete: 'it completes',
  stuck: 'it gets stuck',
  'nothing-to-do': 'there is nothing to replace',
} as const;
/** Steps drawn at the most; a rollout of hundreds of pods looks the same all along. */
const MAX_STEPS = 400;

export function rolloutView(workload: WorkloadPrediction): RolloutView | null {
  const { rollout } = workload;
  if (!rollout) return null;
  return {
    summary: `When the pod template changes, ${OUTCOMES[rollout.outcome]}.`,
    minReady: rollout.minReady,
    maxPods: rollout.maxPods,
    wanted: rollout.before.pods,
    duration: windowView(rollout.duration),
    outcome: rollout.outcome,
    steps: rollout.steps.slice(0, MAX_STEPS).map(({ at, what, isNew, pod, pods, ready }) => ({
      window: windowView(at),
      what: `${isNew ? 'new' : 'old'} pod ${pod} ${what}`,
      pods,
      ready,
    })),
    deadlocks: rollout.because.map((it) => it.message),
    drain: [],
  };
}
