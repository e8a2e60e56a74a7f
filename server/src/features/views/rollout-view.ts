/** A rollout over time, and what a drain of each node would be allowed. */
import { predictDrain, type WorkloadPrediction } from '../../prediction/index.ts';
import type { RolloutView } from '../../protocol/index.ts';
import { autoscalerMessages } from '../autoscaler-texts.ts';
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
    maxTotal: rollout.maxTotal,
    wanted: rollout.before.pods,
    ready: rollout.after.ready,
    newReady: rollout.newReady,
    capacity: rollout.capacity,
    conditions: rollout.conditions,
    duration: windowView(rollout.duration),
    outcome: rollout.outcome,
    steps: rollout.steps.slice(0, MAX_STEPS).map(({ at, what, isNew, pod, pods, ready }) => ({
      window: windowView(at),
      what: `${isNew ? 'new' : 'old'} pod ${pod} ${what}`,
      pods,
      ready,
    })),
    deadlocks: rollout.because.map((it) => it.message),
    autoscalers: autoscalerMessages(workload),
    drain: drainsOf(workload),
  };
}

/** Drains shown at the most, and the largest cluster they are tried in: each places pods anew. */
const MAX_DRAINS = 5;
const MAX_NODES = 100;

/** What a drain of each node under one of the workload's pods would be allowed. */
function drainsOf({ pods, prediction }: WorkloadPrediction): RolloutView['drain'] {
  if (prediction.snapshot.list('Node').length > MAX_NODES) return [];
  const placed = pods.map(({ pod }) => prediction.placementOf(pod)?.nodeName);
  const nodes = [...new Set(placed.filter((it) => it !== undefined))];
  return nodes.slice(0, MAX_DRAINS).flatMap((node) => {
    const plan = predictDrain(prediction, node);
    return plan ? [{ node, ...drainWords(plan) }] : [];
  });
}

type DrainPlan = NonNullable<ReturnType<typeof predictDrain>>;

function drainWords({ outcome, rounds, blocked, refused, homeless }: DrainPlan) {
  const [held] = blocked;
  if (outcome === 'complete') {
    const evicted = rounds.flat().length;
    const many = `${evicted} ${evicted === 1 ? 'pod' : 'pods'} evicted`;
    const tone = homeless.length > 0 ? ('warn' as const) : ('good' as const);
    return { message: `completes: ${many}${homelessWords(homeless.length, evicted)}`, tone };
  }
  const why =
    held === undefined
      ? (refused[0]?.because.message ?? '')
      : `${held.pod.metadata.name} stays: ${held.verdict.message ?? ''}`;
  return {
    message: `${outcome === 'blocked' ? blockedWords(held?.verdict.code) : 'does not begin'}: ${why}`,
    tone: 'bad' as const,
  };
}

/** kubectl asks again after a 429 only. */
function blockedWords(code: number | undefined): string {
  return code === 500 ? 'fails' : 'never ends';
}

/** `; 2 of them fit on no other node and wait until this one is back`. */
function homelessWords(homeless: number, evicted: number): string {
  if (homeless === 0) return '';
  const who = homeless === evicted ? (evicted === 1 ? 'it' : 'they') : `${homeless} of them`;
  const [fit, wait] = homeless === 1 ? ['fits', 'waits'] : ['fit', 'wait'];
  return `; ${who} ${fit} on no other node and ${wait} until this one is back`;
}
