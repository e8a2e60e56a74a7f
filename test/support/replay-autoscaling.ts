/** Plays the autoscaler of a workload under a load that is told in pods. */
import {
  parseQuantity,
  quantityMilliValue,
  type HorizontalPodAutoscaler,
  type Pod,
} from '../../server/src/manifest/index.ts';
import type { WorkloadPrediction } from '../../server/src/prediction/index.ts';
import type { AutoscalingPlan, ReplayEntry } from '../../server/src/races/index.ts';
import {
  isScaledBy,
  simulateAutoscaling,
  targetOf,
  type Autoscaling,
} from '../../server/src/workloads/index.ts';

/** Undefined where none scales it, or where it cannot be measured. */
export function playAutoscaling(
  workload: WorkloadPrediction,
  { needs = 0, old, appliedAt, ...plan }: AutoscalingPlan,
): Autoscaling | undefined {
  const { prediction, namespace, pod } = workload;
  const autoscaler = prediction.snapshot
    .list('HorizontalPodAutoscaler', namespace)
    .find((it) => isScaledBy(workload, it));
  const request = autoscaler && pod && requestOf(pod, autoscaler);
  if (!request) return undefined;
  const written = (workload.manifest.object as { spec?: { replicas?: number } }).spec?.replicas;
  const applies =
    appliedAt === undefined || written === undefined ? [] : [{ at: appliedAt, replicas: written }];
  const load = (needs * request * targetOf(autoscaler).percent) / 100;
  return simulateAutoscaling(autoscaler, {
    ...plan,
    replicas: old ?? Math.max(workload.replicas, autoscaler.spec.minReplicas ?? 1),
    arePodsOld: old !== undefined,
    load: () => load,
    exitAfter: 1,
    applies,
    request,
  });
}

/** What the target is a part of: the containers' requests; all of them must have one. */
function requestOf(pod: Pod, { spec }: HorizontalPodAutoscaler): number | undefined {
  const [metric] = spec.metrics ?? [];
  const value = metric?.pods?.target.averageValue ?? metric?.resource?.target.averageValue;
  const resource = metric?.resource?.name ?? 'cpu';
  const asked =
    value === undefined
      ? pod.spec.containers.map((it) => it.resources?.requests?.[resource])
      : [value];
  const parsed = asked.map((it) => (it === undefined ? undefined : parseQuantity(it)));
  const known = parsed.filter((it) => it !== undefined);
  if (known.length < parsed.length) return undefined;
  return known.reduce((sum, it) => sum + Number(quantityMilliValue(it)), 0);
}

/** `autoscaler:rescaled::"to":6`, `apply:rescaled`, `rollout:deleting:web-3`. */
export function autoscalingEntries({ rescales, steps }: Autoscaling): ReplayEntry[] {
  const told: ReplayEntry[] = [
    ...rescales.map(({ t, by, from, to }) => ({
      t,
      source: by,
      what: 'rescaled',
      detail: { from, to },
    })),
    ...steps.map(({ t, what, pod, total, pods, ready }) => ({
      t,
      source: 'rollout',
      what,
      container: pod.name,
      detail: { total, pods, ready },
    })),
  ];
  return told.toSorted((a, b) => a.t - b.t);
}
