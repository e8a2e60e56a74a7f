/**
 * A rollout of one workload: its controller played through with the bounds of its pods' lives, in
 * the declared cluster. The fastest and the slowest life bound the whole.
 */
import { LIMITS, type KubernetesObject, type Pod } from '../manifest/index.ts';
import { schedule, type SchedulingSnapshot } from '../scheduling/index.ts';
import {
  simulateRollout,
  type Rollout,
  type RolloutPod,
  type RolloutSurroundings,
  type RolloutWorkload,
} from '../workloads/index.ts';
import type { WorkloadPrediction } from './workload-prediction.ts';

/** What stands for "nobody knows when", in seconds: the controller's progress deadline is 600. */
const LONG_SECONDS = 300;
/** Beyond, every pod is taken to fit: the question would be asked thousands of times. */
const MAX_PLACED = 60;

/** How a change of the pod template goes; undefined for kinds that do not roll. */
export function predictRollout(workload: WorkloadPrediction): Rollout | undefined {
  const { object, pod } = workload;
  const ready = workload.startup?.ofKind('ready')[0]?.window;
  const gone = workload.shutdown('rollout')?.ofKind('gone')[0]?.window;
  if (!isRolloutWorkload(object) || !pod || !ready || !gone) return undefined;
  if (workload.replicas > LIMITS.replicas) return undefined;
  const surroundings = surroundingsOf(workload, pod);
  const run = (readyAfter: number, exitAfter: number) =>
    simulateRollout(
      object,
      { readyAfter: cap(readyAfter), exitAfter: cap(exitAfter) },
      { kind: 'template' },
      surroundings,
    );
  const slow = run(ready.latest, gone.latest);
  const fast = run(ready.earliest, gone.earliest);
  const unbounded = !Number.isFinite(ready.latest) || !Number.isFinite(gone.latest);
  return {
    ...slow,
    minReady: Math.min(slow.minReady, fast.minReady),
    maxPods: Math.max(slow.maxPods, fast.maxPods),
    duration: {
      earliest: fast.duration.earliest,
      latest: unbounded ? Infinity : slow.duration.latest,
    },
  };
}

function cap(seconds: number): number {
  return Number.isFinite(seconds) ? seconds : LONG_SECONDS;
}

/** Nodes as the scheduler sees them, everything else of the prediction placed. */
function surroundingsOf(workload: WorkloadPrediction, pod: Pod): RolloutSurroundings {
  const { prediction, replicas } = workload;
  const nodes = prediction.snapshot.list('Node').map((it) => it.metadata.name);
  if (workload.kind === 'DaemonSet' || replicas > MAX_PLACED) return { nodes };
  const own = new Set(workload.pods.map((it) => it.pod));
  let base: SchedulingSnapshot | undefined;
  const known = new Map<string, string | undefined>();
  return {
    nodes,
    place(_, besides: readonly RolloutPod[]) {
      const taken = besides.flatMap((it) => it.node ?? []).sort();
      const key = taken.join(',');
      if (known.has(key)) return known.get(key);
      base ??= prediction.placedBesides(own);
      let snapshot = base;
      for (const [i, node] of taken.entries()) snapshot = snapshot.withPod(copyOf(pod, i), node);
      const node = schedule(pod, snapshot).nodeName;
      known.set(key, node);
      return node;
    },
  };
}

/** A copy under another name: one pod cannot be there twice. */
function copyOf(pod: Pod, number: number): Pod {
  return { ...pod, metadata: { ...pod.metadata, name: `${pod.metadata.name}-${number}` } };
}

function isRolloutWorkload(object: KubernetesObject): object is RolloutWorkload {
  return ['Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind ?? '');
}
