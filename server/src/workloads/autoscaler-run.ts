/**
 * A workload and its autoscaler over time, under a load that somebody chooses: what the autoscaler
 * sees of its pods, and how many it makes of them. Follows reconcileAutoscaler.
 */
import type { Upstream } from '../explanation/index.ts';
import type { HorizontalPodAutoscaler } from '../manifest/index.ts';
import { ScalingMemory, wantedReplicas, type MeasuredPod } from './autoscaler-arithmetic.ts';
import { SYNC_SECONDS } from './autoscaling.ts';
import { ReplicaSetController } from './rollout-deployment.ts';
import type { RolloutPod } from './rollout-model.ts';
import { RolloutRun, type RunStep } from './rollout-run.ts';

export const autoscalerRunUpstream: Upstream = {
  path: 'pkg/controller/podautoscaler/horizontal.go',
  omits: [
    'metrics that the autoscaler cannot get for a while',
    'scaling from and to zero',
    'a change of the template meanwhile',
  ],
};

/** metrics-server measures this often, and tells the use since the time before. */
const METRIC_SECONDS = 15;
/** A control plane at a middling pace. */
const PACE = { latencySeconds: 0.01, phase: 0 };

/** What is chosen: the load, the pods' lives and what people do. CPU in thousandths of a core. */
export interface AutoscalingStory {
  /** Replicas at the beginning. */
  readonly replicas: number;
  /** Whether those have long been Ready; else they are made at second 0. */
  readonly arePodsOld: boolean;
  /** What all Ready pods share, at a time. */
  readonly load: (seconds: number) => number;
  /** What a pod burns from its start, and how long. */
  readonly boot?: { readonly use: number; readonly seconds: number };
  /** From a pod's creation to Ready; it starts at once. */
  readonly readyAfter: number;
  readonly exitAfter: number;
  /** Somebody sets the replicas. */
  readonly applies?: readonly { readonly at: number; readonly replicas: number }[];
  /** What the target is a part of, for each pod. */
  readonly request: number;
  readonly until: number;
}

/** One change of the replicas. */
export interface Rescale {
  readonly t: number;
  readonly by: 'autoscaler' | 'apply';
  readonly from: number;
  readonly to: number;
}

/** What came of it. */
export interface Autoscaling {
  readonly rescales: readonly Rescale[];
  readonly steps: readonly RunStep[];
  /** Replicas at the end. */
  readonly replicas: number;
}

/** Plays the story; the autoscaler looks for the first time at second 0. */
export function simulateAutoscaling(
  autoscaler: HorizontalPodAutoscaler,
  story: AutoscalingStory,
): Autoscaling {
  const { readyAfter, exitAfter, replicas, arePodsOld } = story;
  const run = new RolloutRun({ readyAfter, exitAfter }, {}, PACE);
  const { name } = autoscaler.spec.scaleTargetRef;
  const set = new ReplicaSetController(name, false, 0, arePodsOld ? replicas : 0);
  run.add(set);
  const scaled = new ScaledRun(run, set, autoscaler, story);
  if (arePodsOld) {
    for (let i = 0; i < replicas; i++) run.addExisting({ name: `${name}-${i}`, isNew: false });
  } else {
    set.scale(run, replicas);
  }
  for (const it of story.applies ?? []) run.at(it.at, () => scaled.set('apply', it.replicas));
  for (let t = 0; t <= story.until; t += SYNC_SECONDS) run.at(t, () => scaled.look());
  run.finish();
  return { rescales: scaled.rescales, steps: run.steps, replicas: set.specReplicas };
}

class ScaledRun {
  readonly rescales: Rescale[] = [];
  readonly #memory: ScalingMemory;
  /** Those that are gone, too: what they bore, others did not. */
  readonly #pods = new Map<number, RolloutPod>();

  constructor(
    readonly run: RolloutRun,
    readonly replicaSet: ReplicaSetController,
    readonly autoscaler: HorizontalPodAutoscaler,
    readonly story: AutoscalingStory,
  ) {
    this.#memory = new ScalingMemory(autoscaler.spec);
  }

  set(by: Rescale['by'], to: number): void {
    const from = this.replicaSet.specReplicas;
    if (from === to) return;
    this.rescales.push({ t: this.run.now, by, from, to });
    this.replicaSet.scale(this.run, to);
  }

  /** One sync of the controller. */
  look(): void {
    const current = this.replicaSet.specReplicas;
    const { minReplicas = 1, maxReplicas } = this.autoscaler.spec;
    for (const pod of this.run.pods) this.#pods.set(pod.id, pod);
    if (current === 0) return;
    if (current > maxReplicas) this.set('autoscaler', maxReplicas);
    else if (current < minReplicas) this.set('autoscaler', minReplicas);
    else this.#follow(current);
  }

  #follow(current: number): void {
    const { now } = this.run;
    const { percent, isCpu } = targetOf(this.autoscaler);
    const wish = wantedReplicas({
      now,
      current,
      targetPercent: percent,
      isCpu,
      pods: this.run.pods.map((it) => this.#measured(it)),
    });
    if (wish === undefined) return;
    const wanted = this.#memory.decide(now, current, wish);
    if (wanted === current) return;
    this.#memory.scaled(now, current, wanted);
    this.set('autoscaler', wanted);
  }

  #measured(pod: RolloutPod): MeasuredPod {
    const at = Math.floor(this.run.now / METRIC_SECONDS) * METRIC_SECONDS;
    const since = at - METRIC_SECONDS;
    const isMeasured = pod.createdAt <= since;
    return {
      ignored: pod.deletedAt !== undefined,
      ready: pod.readyAt !== undefined,
      readyChangedAt: pod.readyAt ?? pod.createdAt,
      startedAt: pod.createdAt,
      request: this.story.request,
      ...(isMeasured
        ? { metric: { at, windowSeconds: METRIC_SECONDS, value: this.#averageUse(pod, since, at) } }
        : {}),
    };
  }

  /** Second by second: what it boots with, and its part of the load. */
  #averageUse(pod: RolloutPod, since: number, until: number): number {
    let used = 0;
    for (let t = since; t < until; t++) used += this.#use(pod, t);
    return used / (until - since);
  }

  #use(pod: RolloutPod, t: number): number {
    const { boot, load } = this.story;
    const isBooting = boot !== undefined && t >= pod.createdAt && t < pod.createdAt + boot.seconds;
    const serving = [...this.#pods.values()].filter((it) => isServing(it, t)).length;
    return (isBooting ? boot.use : 0) + (isServing(pod, t) ? load(t) / serving : 0);
  }
}

function isServing({ readyAt, deletedAt }: RolloutPod, t: number): boolean {
  return readyAt !== undefined && readyAt <= t && (deletedAt === undefined || deletedAt > t);
}

/** The API's default target: 80 % of the requested CPU. */
const DEFAULT_PERCENT = 80;

/** The first metric, as percent of what is asked of a pod. */
export function targetOf({ spec }: HorizontalPodAutoscaler): {
  readonly percent: number;
  readonly isCpu: boolean;
} {
  const [metric] = spec.metrics ?? [];
  if (!metric) return { percent: DEFAULT_PERCENT, isCpu: true };
  const resource = metric.resource ?? metric.containerResource;
  // A value that is wished for is the whole of what is asked.
  return {
    percent: resource?.target.averageUtilization ?? 100,
    isCpu: resource?.name === 'cpu',
  };
}
