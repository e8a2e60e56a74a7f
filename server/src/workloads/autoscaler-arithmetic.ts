/**
 * How many replicas an autoscaler asks for: from the use of its pods, then within its bounds, its
 * policies and what it asked for lately. Follows GetResourceReplicas, groupPods,
 * normalizeDesiredReplicas and its counterpart with behaviors.
 */
import type { Upstream } from '../explanation/index.ts';
import type { HorizontalPodAutoscaler } from '../manifest/index.ts';

export const autoscalerArithmeticUpstream: Upstream = {
  path: 'pkg/controller/podautoscaler/replica_calculator.go',
  omits: [
    'metrics of objects and external ones',
    'more than one metric: the highest wish would count',
  ],
};

/** The controller's defaults, in seconds and as a ratio. */
const CPU_INITIALIZATION_SECONDS = 300;
const INITIAL_READINESS_SECONDS = 30;
const DOWNSCALE_STABILIZATION_SECONDS = 300;
const TOLERANCE = 0.1;

/** What is measured of one pod, and how long that was averaged. */
export interface PodMetric {
  readonly value: number;
  readonly at: number;
  readonly windowSeconds: number;
}

/** A pod as the autoscaler sees it; times in seconds on one clock. */
export interface MeasuredPod {
  /** Terminating or failed. */
  readonly ignored?: boolean;
  readonly pending?: boolean;
  readonly ready: boolean;
  readonly readyChangedAt: number;
  readonly startedAt: number;
  /** What the target is a part of: the request, or the value that is wished for. */
  readonly request: number;
  readonly metric?: PodMetric;
}

/** What one look at a metric starts from. */
export interface Measurement {
  readonly now: number;
  readonly current: number;
  readonly pods: readonly MeasuredPod[];
  readonly targetPercent: number;
  readonly isCpu: boolean;
}

/** The replicas that a metric asks for; undefined where nothing is measured. */
export function wantedReplicas(look: Measurement): number | undefined {
  const { current, targetPercent } = look;
  const groups = groupPods(look);
  const ratioOf = (uses: readonly Use[]) => utilization(uses) / targetPercent;
  const measured = groups.ready.map(({ request, metric }) => ({
    request,
    value: metric?.value ?? 0,
  }));
  if (measured.length === 0) return undefined;
  const ratio = ratioOf(measured);
  const countsUnready = groups.unready.length > 0 && ratio > 1;
  if (!countsUnready && groups.missing.length === 0) {
    return isTolerated(ratio) ? current : Math.ceil(ratio * measured.length);
  }
  // Who is not measured is taken for whatever makes the change smaller.
  const fallback = ratio < 1 ? Math.max(100, targetPercent) / 100 : 0;
  const missing = ratio === 1 ? [] : groups.missing;
  const supposed = [
    ...measured,
    ...missing.map(({ request }) => ({ request, value: request * fallback })),
    ...(countsUnready ? groups.unready.map(({ request }) => ({ request, value: 0 })) : []),
  ];
  const again = ratioOf(supposed);
  if (isTolerated(again) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return current;
  const wanted = Math.ceil(again * supposed.length);
  return (again < 1 && wanted > current) || (again > 1 && wanted < current) ? current : wanted;
}

interface Use {
  readonly request: number;
  readonly value: number;
}

/** In whole percent, as it is stored. */
function utilization(uses: readonly Use[]): number {
  const requested = uses.reduce((sum, it) => sum + it.request, 0);
  const used = uses.reduce((sum, it) => sum + it.value, 0);
  return requested === 0 ? 0 : Math.trunc((used * 100) / requested);
}

function isTolerated(ratio: number): boolean {
  return ratio >= 1 - TOLERANCE && ratio <= 1 + TOLERANCE;
}

function groupPods({ now, pods, isCpu }: Measurement) {
  const ready: MeasuredPod[] = [];
  const unready: MeasuredPod[] = [];
  const missing: MeasuredPod[] = [];
  for (const pod of pods) {
    if (pod.ignored) continue;
    if (pod.pending) unready.push(pod);
    else if (!pod.metric) missing.push(pod);
    else if (isCpu && isStarting(pod, pod.metric, now)) unready.push(pod);
    else ready.push(pod);
  }
  return { ready, unready, missing };
}

/** Whether the CPU of a pod may be that of its boot. */
function isStarting(pod: MeasuredPod, metric: PodMetric, now: number): boolean {
  const { startedAt, ready, readyChangedAt } = pod;
  if (startedAt + CPU_INITIALIZATION_SECONDS > now)
    return !ready || metric.at < readyChangedAt + metric.windowSeconds;
  return !ready && startedAt + INITIAL_READINESS_SECONDS > readyChangedAt;
}

/** Something that happened at a time. */
interface Recorded {
  readonly at: number;
  readonly replicas: number;
}

type Behavior = NonNullable<HorizontalPodAutoscaler['spec']['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;
type Policy = NonNullable<Rules['policies']>[number];

const DEFAULT_UP: readonly Policy[] = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];
const DEFAULT_DOWN: readonly Policy[] = [{ type: 'Percent', value: 100, periodSeconds: 15 }];

/** Without a behavior it may double, and always have four. */
const UNRULED_FACTOR = 2;
const UNRULED_LEAST = 4;

/** The memory of one autoscaler: what it wished for, and what it did. */
export class ScalingMemory {
  readonly #wishes: Recorded[] = [];
  readonly #ups: Recorded[] = [];
  readonly #downs: Recorded[] = [];

  constructor(readonly spec: HorizontalPodAutoscaler['spec']) {}

  /** The replicas it sets, given those it wishes for. */
  decide(now: number, current: number, wish: number): number {
    const { behavior } = this.spec;
    const stable = behavior
      ? this.#stableWithin(now, current, wish, behavior)
      : this.#highestSince(now - DOWNSCALE_STABILIZATION_SECONDS, wish);
    this.#wishes.push({ at: now, replicas: wish });
    return behavior ? this.#ruled(now, current, stable, behavior) : this.#unruled(current, stable);
  }

  /** Writes down that it scaled; policies count that. */
  scaled(now: number, from: number, to: number): void {
    if (to > from) this.#ups.push({ at: now, replicas: to - from });
    else this.#downs.push({ at: now, replicas: from - to });
  }

  #highestSince(cutoff: number, wish: number): number {
    return Math.max(wish, ...this.#wishes.filter((it) => it.at >= cutoff).map((it) => it.replicas));
  }

  #stableWithin(now: number, current: number, wish: number, behavior: Behavior): number {
    const up = now - (behavior.scaleUp?.stabilizationWindowSeconds ?? 0);
    const down =
      now - (behavior.scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION_SECONDS);
    const since = (cutoff: number) =>
      this.#wishes.filter((it) => it.at > cutoff).map((it) => it.replicas);
    return Math.min(
      Math.max(current, Math.min(wish, ...since(up))),
      Math.max(wish, ...since(down)),
    );
  }

  #unruled(current: number, wish: number): number {
    const { minReplicas = 1, maxReplicas } = this.spec;
    const limit = Math.max(UNRULED_FACTOR * current, UNRULED_LEAST);
    return wish < minReplicas ? minReplicas : Math.min(wish, maxReplicas, limit);
  }

  #ruled(now: number, current: number, wish: number, behavior: Behavior): number {
    const { minReplicas = 1, maxReplicas } = this.spec;
    if (wish > current) {
      const limit = this.#limit(now, current, { rules: behavior.scaleUp, up: true });
      return Math.min(wish, maxReplicas, Math.max(limit, current));
    }
    if (wish < current) {
      const limit = this.#limit(now, current, { rules: behavior.scaleDown, up: false });
      return Math.max(wish, minReplicas, Math.min(limit, current));
    }
    return wish;
  }

  /** How far the policies let it go, each from where it stood a period ago. */
  #limit(
    now: number,
    current: number,
    { rules, up }: { readonly rules: Rules | undefined; readonly up: boolean },
  ): number {
    const select = rules?.selectPolicy ?? 'Max';
    if (select === 'Disabled') return current;
    const policies = rules?.policies ?? (up ? DEFAULT_UP : DEFAULT_DOWN);
    const limits = policies.map(({ type, value, periodSeconds }) => {
      const changed = (events: readonly Recorded[]) =>
        events
          .filter((it) => it.at > now - periodSeconds)
          .reduce((sum, it) => sum + it.replicas, 0);
      const from = current - changed(this.#ups) + changed(this.#downs);
      if (type === 'Pods') return up ? from + value : from - value;
      return up ? Math.ceil(from * (1 + value / 100)) : Math.trunc(from * (1 - value / 100));
    });
    return (select === 'Max') === up ? Math.max(...limits) : Math.min(...limits);
  }
}
