/** The bounds an autoscaler keeps a workload in, with the API's defaults. */
import type { Explanation } from '../explanation/index.ts';
import {
  field,
  locate,
  type HorizontalPodAutoscaler,
  type KubernetesObject,
} from '../manifest/index.ts';

/** The controller looks every 15 seconds (--horizontal-pod-autoscaler-sync-period). */
export const SYNC_SECONDS = 15;

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
