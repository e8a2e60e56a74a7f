/**
 * A rollout, a scaling or a row of evictions from the first change to the last.
 * The controllers run at a middling pace for what happens, and at the fastest and slowest for when.
 */
import { between, type Explanation, type TimeWindow } from '../explanation/index.ts';
import { explainOutcome, isStuck } from './rollout-explain.ts';
import { deploymentConditions } from './rollout-conditions.ts';
import { evictEach } from './rollout-evictions.ts';
import type {
  EvictionAnswer,
  PodBehaviour,
  PodCounts,
  Rollout,
  RolloutChange,
  RolloutNotice,
  RolloutStep,
  RolloutSurroundings,
  RolloutWorkload,
} from './rollout-model.ts';
import { rolloutCapacity } from './rollout-plan.ts';
import { RolloutRun, type Pace, type RunNotice, type RunStep } from './rollout-run.ts';
import { startController } from './rollout-start.ts';

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
  // What a seed decides is one run, and no bounds of others.
  const isOneRun = surroundings.seed !== undefined;
  const others = isOneRun
    ? []
    : paces(workload, told.before.total).map((pace) => play(story, pace, told.evictions));
  const { run } = told;
  const counts = [told.before, ...run.steps];
  const steps = withWindows(run.steps, others, slackOf(behaviour));
  const nodes = surroundings.nodes ?? [];
  const stuck = isStuck(told.run);
  return {
    steps,
    notices: noticesWithWindows(run.notices, others, slackOf(behaviour)),
    before: told.before,
    after: run.counts,
    pods: run.pods,
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
  const { behaviour, surroundings } = story;
  // With a seed each pod is as fast as it happens to be.
  const acts = surroundings.seed === undefined ? behaviourAt(behaviour, pace) : behaviour;
  const run = new RolloutRun(acts, surroundings, pace);
  startController(run, story.workload, story.change);
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

/** Seconds that all may come later; Infinity where nothing bounds how long pods take. */
function slackOf({ readyAfter, exitAfter }: PodBehaviour): number {
  const isOpen = [readyAfter, exitAfter].some(
    (it) => typeof it !== 'number' && it.latest === Infinity,
  );
  return isOpen ? Infinity : SLACK_SECONDS;
}

/** Availability counts whole seconds, so where it matters several parts of a second are tried. */
function paces(workload: RolloutWorkload, pods: number): Pace[] {
  let phases: readonly number[] = [0];
  if ((workload.spec?.minReadySeconds ?? 0) > 0) phases = pods > MANY_PODS ? FEW_PHASES : PHASES;
  return [PACES.fast, PACES.slow].flatMap((latencySeconds) =>
    phases.map((phase) => ({ latencySeconds, phase })),
  );
}

/** Each step with the first and last moment at which any pace took it. */
function withWindows(
  steps: readonly RunStep[],
  others: readonly Told[],
  slack: number,
): RolloutStep[] {
  const last = steps.at(-1)?.t ?? 0;
  const ends = others.map((it) => it.run.steps.at(-1)?.t ?? 0);
  const end = between(Math.min(last, ...ends), Math.max(last, ...ends) + slack);
  const windows = windowsOf(
    steps,
    others.map((it) => it.run.steps),
    ({ what, pod }) => `${what} ${pod.isNew}`,
    slack,
  );
  return steps.map(({ what, pod, total, pods, ready }, i) => {
    const at = (i === steps.length - 1 ? undefined : windows[i]) ?? end;
    return { at, what, isNew: pod.isNew, pod: pod.name, total, pods, ready };
  });
}

function noticesWithWindows(
  notices: readonly RunNotice[],
  others: readonly Told[],
  slack: number,
): RolloutNotice[] {
  const windows = windowsOf(
    notices,
    others.map((it) => it.run.notices),
    ({ what }) => what,
    slack,
  );
  return notices.map(({ t, what, of, message, within = 0 }, i) => {
    const { earliest, latest } = windows[i] ?? between(t, t);
    return { at: between(earliest, latest + within), what, of, message };
  });
}

/**
 * The first and last moment of each entry in any pace. Paces may take steps in another order, so
 * the first of a kind is matched with the first of the other's, and so on.
 */
function windowsOf<T extends { readonly t: number }>(
  told: readonly T[],
  others: readonly (readonly T[])[],
  kindOf: (entry: T) => string,
  slack: number,
): TimeWindow[] {
  const timesOfOthers = others.map((it) => timesByKind(it, kindOf));
  const passed = new Map<string, number>();
  return told.map((entry) => {
    const kind = kindOf(entry);
    const nth = passed.get(kind) ?? 0;
    passed.set(kind, nth + 1);
    const times = [entry.t, ...timesOfOthers.map((it) => it.get(kind)?.[nth] ?? entry.t)];
    return between(Math.min(...times), Math.max(...times) + slack);
  });
}

function timesByKind<T extends { readonly t: number }>(
  entries: readonly T[],
  kindOf: (entry: T) => string,
): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const it of entries) {
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
