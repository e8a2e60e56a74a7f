/**
 * Which pods go first when a workload gets smaller.
 * Follows ActivePodsWithRanks.Less for ReplicaSets and the ordinals of StatefulSets.
 */
import type { Upstream } from '../explanation/index.ts';
import type { Pod } from '../manifest/index.ts';

export const scaleDownUpstream: Upstream = {
  path: 'pkg/controller/controller_utils.go',
  omits: ['the logarithmic comparison of times (LogarithmicScaleDown): exact times are compared'],
};

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** What the order is decided by. Times are seconds on any one clock. */
export interface ScaledPod {
  readonly assigned: boolean;
  readonly phase: string;
  readonly ready: boolean;
  readonly deletionCost: number;
  /** Pods of the same controller, or of its siblings, on its node. */
  readonly podsOnNode: number;
  readonly readySince?: number;
  readonly restarts: number;
  readonly createdAt: number;
}

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Negative where `a` is deleted before `b`. */
export function compareForScaleDown(a: ScaledPod, b: ScaledPod): number {
  if (a.assigned !== b.assigned) return a.assigned ? 1 : -1;
  const phase = (PHASE_ORDER[a.phase] ?? 0) - (PHASE_ORDER[b.phase] ?? 0);
  if (phase !== 0) return phase;
  if (a.ready !== b.ready) return a.ready ? 1 : -1;
  if (a.deletionCost !== b.deletionCost) return a.deletionCost - b.deletionCost;
  if (a.podsOnNode !== b.podsOnNode) return b.podsOnNode - a.podsOnNode;
  // The younger goes: first by how long it has been Ready, at last by its creation.
  if (a.ready && b.ready && a.readySince !== b.readySince) {
    return (b.readySince ?? 0) - (a.readySince ?? 0);
  }
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  return b.createdAt - a.createdAt;
}

/** The pods of one ReplicaSet in the order they go when it shrinks. */
export function scaleDownOrder(pods: readonly Pod[]): Pod[] {
  const onNode = new Map<string, number>();
  for (const { spec } of pods) {
    const node = spec?.nodeName;
    if (node) onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  return pods
    .map((pod) => ({ pod, rank: toScaledPod(pod, onNode.get(pod.spec?.nodeName ?? '') ?? 0) }))
    .toSorted((a, b) => compareForScaleDown(a.rank, b.rank))
    .map((it) => it.pod);
}

function toScaledPod(pod: Pod, podsOnNode: number): ScaledPod {
  const ready = pod.status?.conditions?.find((it) => it.type === 'Ready' && it.status === 'True');
  const restarts = (pod.status?.containerStatuses ?? []).map((it) => it.restartCount ?? 0);
  return {
    assigned: Boolean(pod.spec?.nodeName),
    phase: pod.status?.phase ?? 'Pending',
    ready: ready !== undefined,
    deletionCost: Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0,
    podsOnNode,
    readySince: secondsOf(ready?.lastTransitionTime),
    restarts: Math.max(0, ...restarts),
    createdAt: secondsOf(pod.metadata.creationTimestamp) ?? 0,
  };
}

/** RFC 3339 text as a number that orders as the times do; seconds, but for leap years' gaps. */
function secondsOf(time: unknown): number | undefined {
  const match = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/.exec(typeof time === 'string' ? time : '');
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  return ((((year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second;
}
