/**
 * The bounds an autoscaler keeps a workload in, and how fast it may move within them.
 * Follows the scaling rules of the horizontal pod autoscaler, with the API's defaults.
 */
import type { Explanation, Upstream } from '../explanation/index.ts';
import {
  field,
  locate,
  type HorizontalPodAutoscaler,
  type KubernetesObject,
} from '../manifest/index.ts';

export const autoscalingUpstream: Upstream = {
  path: 'pkg/controller/podautoscaler/horizontal.go',
  omits: [
    'metrics: what load there will be, no manifest says',
    'the stabilization window of scale up',
  ],
};

/** The controller looks every 15 seconds (--horizontal-pod-autoscaler-sync-period). */
export const SYNC_SECONDS = 15;
/** Nobody waits for more steps than these; slower policies are cut off. */
const MAX_STEPS = 240;

/** From and to how many replicas the autoscaler goes. */
export interface AutoscalerBounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly because: readonly Explanation[];
}

/** The autoscaler's bounds, and what the workload's own replicas mean beside it. */
export function autoscalerBounds(
  autoscaler: HorizontalPodAutoscaler,
  target: KubernetesObject | undefined,
): AutoscalerBounds {
  const { minReplicas = 1, scaleTargetRef } = autoscaler.spec ?? {};
  const maxReplicas = autoscaler.spec?.maxReplicas ?? minReplicas;
  const name = scaleTargetRef?.name ?? '';
  const at = field(autoscaler).spec;
  const because: Explanation[] = [
    {
      message:
        `${autoscaler.metadata.name} keeps ${name} between ${minReplicas} and` +
        ` ${maxReplicas} replicas`,
      cites: [at.minReplicas, at.maxReplicas],
    },
  ];
  const replicas = (target as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
  if (!target) {
    const message = `There is no ${scaleTargetRef?.kind ?? 'workload'} ${name}: nothing is scaled`;
    because.push({ message, cites: [at.scaleTargetRef.name] });
  } else if (replicas === 0) {
    const message = 'With replicas 0 autoscaling is switched off';
    because.push({ message, cites: [{ root: target, path: ['spec', 'replicas'] }] });
  } else if (replicas !== undefined && isWritten(target)) {
    because.push({
      message:
        `Every apply sets replicas back to ${replicas}, and the autoscaler away from it again:` +
        ' leave the field out',
      cites: [{ root: target, path: ['spec', 'replicas'] }, at.scaleTargetRef],
    });
  }
  return { minReplicas, maxReplicas, because };
}

/** Whether an autoscaler of its namespace names this workload. */
export function isScaledBy(
  { kind, name }: { readonly kind: string; readonly name: string },
  { spec }: HorizontalPodAutoscaler,
): boolean {
  // Half-typed, it may have no spec and no target yet.
  const target = (spec as Partial<typeof spec> | undefined)?.scaleTargetRef;
  return target?.kind === kind && target.name === name;
}

/**
 * The replicas that an autoscaler brings a workload to whatever the load: no fewer than its least, no
 * more than its most. Undefined where none scales it, and with replicas 0, which switches it off.
 */
export function autoscaledReplicas(
  workload: KubernetesObject,
  autoscalers: readonly HorizontalPodAutoscaler[],
): number | undefined {
  const { kind = '', metadata } = workload;
  const autoscaler = autoscalers.find((it) => isScaledBy({ kind, name: metadata.name }, it));
  const { replicas = 1 } = (workload as { spec?: { replicas?: number } }).spec ?? {};
  if (!autoscaler || replicas === 0) return undefined;
  const { minReplicas = 1 } = autoscaler.spec ?? {};
  const maxReplicas = autoscaler.spec?.maxReplicas ?? minReplicas;
  return replicas > maxReplicas ? maxReplicas : Math.max(replicas, minReplicas);
}

/** A default of the API server is in nobody's apply. */
function isWritten(target: KubernetesObject): boolean {
  return locate({ root: target, path: ['spec', 'replicas'] })?.writtenHere ?? true;
}

interface ScalingPolicy {
  readonly type: string;
  readonly value: number;
  readonly periodSeconds: number;
}

const DEFAULT_UP: readonly ScalingPolicy[] = [
  { type: 'Percent', value: 100, periodSeconds: 15 },
  { type: 'Pods', value: 4, periodSeconds: 15 },
];
const DEFAULT_DOWN: readonly ScalingPolicy[] = [{ type: 'Percent', value: 100, periodSeconds: 15 }];

/** One step of a scaling as fast as the policies allow. */
export interface ScalingStep {
  readonly seconds: number;
  readonly replicas: number;
}

/** How the replicas move from one count to another when the load asks for it all at once. */
export function fastestScaling(
  autoscaler: HorizontalPodAutoscaler,
  from: number,
  to: number,
): ScalingStep[] {
  const up = to > from;
  const rules = up ? autoscaler.spec?.behavior?.scaleUp : autoscaler.spec?.behavior?.scaleDown;
  const policies = rules?.policies ?? (up ? DEFAULT_UP : DEFAULT_DOWN);
  const select = rules?.selectPolicy ?? 'Max';
  const steps: ScalingStep[] = [{ seconds: 0, replicas: from }];
  if (select === 'Disabled' || policies.length === 0) return steps;
  // Scaling down follows the highest wish of the window, five minutes by default.
  const window = up ? 0 : (rules?.stabilizationWindowSeconds ?? 300);
  let replicas = from;
  for (let i = 1; i <= MAX_STEPS && replicas !== to; i++) {
    const seconds = window + i * SYNC_SECONDS;
    const limits = policies.map((it) => policyLimit(it, steps, seconds, up));
    const widest = (select === 'Max') === up ? Math.max(...limits) : Math.min(...limits);
    const next = up
      ? Math.min(to, Math.max(widest, replicas))
      : Math.max(to, Math.min(widest, replicas));
    if (next === replicas) continue;
    replicas = next;
    steps.push({ seconds, replicas });
  }
  return steps;
}

/** How far one policy lets it go, from where it stood a period ago. */
function policyLimit(
  { type, value, periodSeconds }: ScalingPolicy,
  steps: readonly ScalingStep[],
  seconds: number,
  up: boolean,
): number {
  const base = steps.findLast((it) => it.seconds <= seconds - periodSeconds) ?? steps[0];
  const from = base?.replicas ?? 0;
  if (type === 'Pods') return up ? from + value : from - value;
  return up ? Math.ceil(from * (1 + value / 100)) : Math.floor(from * (1 - value / 100));
}
