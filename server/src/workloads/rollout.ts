/**
 * A rollout, a scaling or a row of evictions from the first change to the last.
 * The controllers run at a middling pace for what happens, and at the fastest and slowest for when.
 */
import { between, type Explanation, type TimeWindow } from '../explanation/index.ts';
import { explainOutcome, isStuck } from './rollout-explain.ts';
import { deploymentConditions } from './rollout-conditions.ts';
import { DaemonSetController } from './rollout-daemon-set.ts';
import { DeploymentController, ReplicaSetController } from './rollout-deployment.ts';
import { evictEach } from './rollout-evictions.ts';
import type {
  EvictionAnswer,
  PodBehaviour,
  PodCounts,
  Rollout,
  RolloutChange,
  RolloutStep,
  RolloutSurroundings,
  RolloutWorkload,
} from './rollout-model.ts';
import {
  bounded,
  daemonSetPlan,
  deploymentPlan,
  isKind,
  replicasOf,
  rolloutCapacity,
  statefulSetPlan,
} from './rollout-plan.ts';
import { RolloutRun, type Pace, type RunStep } from './rollout-run.ts';
import { StatefulSetController } from './rollout-stateful-set.ts';

/**
 * A controller answers within tens of milliseconds where nothing is in its way (lifecycle.md 1.4).
 */
const PACES = { fast: 0.001, middling: 0.01, slow: 0.06 } as const;
const PHASES: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];
/** With more pods than these their times are spread over the second anyway. */
const MANY_PODS = 50;
const FEW_PHASES: readonly number[] = [0, 0.99];
/** What a busy API server may add to a whole rollout, in seconds. */
const SLACK_SECONDS = 0.5;

/** Plays a change of a workload through. */
export function simulateRollout(
  workload: RolloutWorkload,
  behaviour: PodBehaviour,
  change: RolloutChange,
  surroundings: RolloutSurroundings = {},
): Rollout {
  const story: Story = { workload, behaviour, change, surroundings };
  const told = play(story, { latencySeconds: PACES.middling, phase: 0.35 });
  const others = paces(workload, told.before.total).map((pace) =>
    play(story, pace, told.evictions),
  );
  const { run } = told;
  const counts = [told.before, ...run.steps];
  const steps = withWindows(run.steps, others, isOpenEnded(behaviour));
  const nodes = surroundings.nodes ?? [];
  const stuck = isStuck(told.run);
  return {
    steps,
    before: told.before,
    after: run.counts,
    minReady: Math.min(...counts.map((it) => it.ready)),
    maxPods: Math.max(...counts.map((it) => it.pods)),
    maxTotal: Math.max(...counts.map((it) => it.total)),
    newReady: run.pods.filter((it) => it.isNew && isReady(it)).length,
    duration: steps.at(-1)?.at ?? between(0, 0),
    outcome: stuck ? 'stuck' : steps.length === 0 ? 'nothing-to-do' : 'complete',
    conditions: deploymentConditions(workload, change, run, surroundings.observeSeconds),
    evictions: told.evictions,
    capacity: rolloutCapacity(workload, change, nodes),
    because: [...told.because, ...explainOutcome(workload, change, run)],
  };
}

interface Story {
  readonly workload: RolloutWorkload;
  readonly behaviour: PodBehaviour;
  readonly change: RolloutChange;
  readonly surroundings: RolloutSurroundings;
}

interface Told {
  readonly run: RolloutRun;
  readonly before: PodCounts;
  readonly evictions: EvictionAnswer[];
  readonly because: Explanation[];
}

function play(story: Story, pace: Pace, decided?: readonly EvictionAnswer[]): Told {
  const run = new RolloutRun(behaviourAt(story.behaviour, pace), story.surroundings, pace);
  startController(run, story);
  const before = run.counts;
  const evictions: EvictionAnswer[] = [];
  const because: Explanation[] = [];
  if (story.change.kind === 'evict') {
    evictEach(run, story.workload, story.change.budgets, { evictions, because, decided });
  }
  run.finish();
  return { run, before, evictions, because };
}

/** The pods of a fast run are as fast as they can be, those of a slow one as slow. */
function behaviourAt({ readyAfter, exitAfter, newNeverReady }: PodBehaviour, pace: Pace) {
  const secondsOf = (time: number | TimeWindow): number => {
    if (typeof time === 'number') return time;
    const { earliest, latest } = time;
    // What nothing bounds is played as fast as it can be; its end is open all the same.
    if (pace.latencySeconds === PACES.fast || !Number.isFinite(latest)) return earliest;
    return pace.latencySeconds === PACES.slow ? latest : (earliest + latest) / 2;
  };
  return { readyAfter: secondsOf(readyAfter), exitAfter: secondsOf(exitAfter), newNeverReady };
}

/** Whether nothing bounds how long pods take. */
function isOpenEnded({ readyAfter, exitAfter }: PodBehaviour): boolean {
  return [readyAfter, exitAfter].some((it) => typeof it !== 'number' && it.latest === Infinity);
}

/** Availability counts whole seconds, so where it matters several parts of a second are tried. */
function paces(workload: RolloutWorkload, pods: number): Pace[] {
  let phases: readonly number[] = [0];
  if ((workload.spec?.minReadySeconds ?? 0) > 0) phases = pods > MANY_PODS ? FEW_PHASES : PHASES;
  return [PACES.fast, PACES.slow].flatMap((latencySeconds) =>
    phases.map((phase) => ({ latencySeconds, phase })),
  );
}

function startController(run: RolloutRun, { workload, change, surroundings }: Story): void {
  const updated = change.kind === 'template';
  const nodes = surroundings.nodes ?? [];
  const { name } = workload.metadata;
  const replicas = replicasOf(workload, nodes.length);
  const target = change.kind === 'scale' ? bounded(change.replicas) : replicas;
  if (isKind(workload, 'StatefulSet')) {
    const plan = statefulSetPlan(workload, target, updated);
    for (let i = 0; i < replicas; i++) {
      const ordinal = plan.startOrdinal + i;
      run.addExisting({ name: `${name}-${ordinal}`, ordinal, isNew: false });
    }
    start(run, new StatefulSetController(plan));
    return;
  }
  if (isKind(workload, 'DaemonSet')) {
    const plan = daemonSetPlan(workload, nodes, updated);
    for (const node of nodes) run.addExisting({ name: `${name}-old-${node}`, node, isNew: false });
    start(run, new DaemonSetController(plan));
    return;
  }
  for (let i = 0; i < replicas; i++) run.addExisting({ name: `${name}-old-${i}`, isNew: false });
  const minReadySeconds = workload.spec?.minReadySeconds ?? 0;
  const oldSet = new ReplicaSetController(`${name}-old`, false, minReadySeconds, replicas);
  run.add(oldSet);
  if (!updated) {
    run.at(run.pace.latencySeconds, () => oldSet.scale(run, target));
  } else if (isKind(workload, 'Deployment')) {
    const plan = deploymentPlan(workload, target);
    const controller = new DeploymentController(name, plan, oldSet);
    oldSet.onStatus = () => run.wake(controller, run.pace.latencySeconds);
    start(run, controller);
  }
}

function start(run: RolloutRun, controller: Parameters<RolloutRun['add']>[0]): void {
  run.add(controller);
  run.wake(controller, run.pace.latencySeconds);
}

/**
 * Each step with the first and last moment at which any pace took it. Paces may take steps in
 * another order, so the first pod of one is matched with the first of the other, and so on.
 */
function withWindows(
  steps: readonly RunStep[],
  others: readonly Told[],
  openEnded: boolean,
): RolloutStep[] {
  const last = steps.at(-1)?.t ?? 0;
  const ends = others.map((it) => it.run.steps.at(-1)?.t ?? 0);
  const slack = openEnded ? Infinity : SLACK_SECONDS;
  const end = between(Math.min(last, ...ends), Math.max(last, ...ends) + slack);
  const timesOfOthers = others.map((it) => timesByKind(it.run.steps));
  const passed = new Map<string, number>();
  return steps.map((step, i) => {
    const { t, what, pod, total, pods, ready } = step;
    const kind = kindOf(step);
    const nth = passed.get(kind) ?? 0;
    passed.set(kind, nth + 1);
    const times = [t, ...timesOfOthers.map((it) => it.get(kind)?.[nth] ?? t)];
    const at =
      i === steps.length - 1 ? end : between(Math.min(...times), Math.max(...times) + slack);
    return { at, what, isNew: pod.isNew, pod: pod.name, total, pods, ready };
  });
}

function kindOf({ what, pod }: RunStep): string {
  return `${what} ${pod.isNew}`;
}

function timesByKind(steps: readonly RunStep[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const it of steps) {
    const kind = kindOf(it);
    const known = times.get(kind);
    if (known) known.push(it.t);
    else times.set(kind, [it.t]);
  }
  return times;
}

function isReady(pod: { readonly readyAt?: number; readonly deletedAt?: number }): boolean {
  return pod.readyAt !== undefined && pod.deletedAt === undefined;
}
