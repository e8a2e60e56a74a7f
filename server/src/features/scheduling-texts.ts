/** Sentences about a placement: why this node, how many more fit, what would make room. */
import type { WorkloadPrediction } from '../prediction/index.ts';
import {
  howManyMore,
  nodesToAdd,
  simulatorAnnotations,
  type SchedulingResult,
  type SchedulingSnapshot,
} from '../scheduling/index.ts';

/** A workload and the annotations of its first pod; none where it makes no pod. */
export interface WorkloadAnnotations {
  readonly subject: string;
  readonly pod: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** More copies than these are not counted. */
const MAX_COPIES = 100;
/** Beyond, counting copies would hold up an editor. */
const MAX_COUNTED_NODES = 1000;
const MAX_NAMES = 4;

/** The nodes with every other workload of the world placed, and without the pods of this one. */
export function worldBeside({ prediction, pods }: WorkloadPrediction): SchedulingSnapshot {
  // On the assumed nodes each workload is alone.
  if (prediction.world.declared.usesDefaultNodes) return prediction.schedulingSnapshot;
  return prediction.placedBesides(new Set(pods.map((it) => it.pod)));
}

/** How many more copies of the pod there is room for, once all that is declared runs. */
export function capacityText(workload: WorkloadPrediction): string | undefined {
  const { pod, pods, prediction, scheduling } = workload;
  if (!pod || scheduling?.nodeName === undefined) return undefined;
  if (scheduling.nodeCount > MAX_COUNTED_NODES) return undefined;
  let world = prediction.placedBesides(new Set());
  if (prediction.world.declared.usesDefaultNodes) {
    world = prediction.schedulingSnapshot;
    for (const it of pods) {
      const nodeName = prediction.placementOf(it.pod)?.nodeName;
      if (nodeName !== undefined) world = world.withPod(it.pod, nodeName);
    }
  }
  const { count, bounded, byNode, next } = howManyMore(pod, world, MAX_COPIES);
  if (count === 0) return `No further copy fits: ${next?.message ?? 'no node is left'}`;
  const where = [...byNode].slice(0, MAX_NAMES).map(([name, many]) => `${many} on ${name}`);
  const rest = byNode.size > MAX_NAMES ? ` and ${byNode.size - MAX_NAMES} more nodes` : '';
  const many = bounded ? `at least ${count}` : String(count);
  const copies = count === 1 ? 'copy fits' : 'copies fit';
  return `${many} more ${copies} (${where.join(', ')}${rest}).`;
}

/** The nodes that would let all pods of the workload be placed, a sentence a kind. */
export function nodesToAddTexts(workload: WorkloadPrediction): readonly string[] {
  const { pods, prediction, scheduling } = workload;
  if (!scheduling || scheduling.gated || scheduling.nodeCount > MAX_COUNTED_NODES) return [];
  const waiting = pods.filter((it) => prediction.placementOf(it.pod)?.nodeName === undefined);
  if (waiting.length === 0 || waiting.length > MAX_COPIES) return [];
  const found = nodesToAdd(
    waiting.map((it) => it.pod),
    prediction.placedBesides(new Set()),
  );
  return found
    .slice(0, MAX_NAMES)
    .map(({ like, count }) =>
      count === 1
        ? `one more node like ${like.metadata.name}`
        : `${count} more nodes like ${like.metadata.name}`,
    );
}

/** The cycle of the first pod, for tools that read kube-scheduler-simulator's annotations. */
export function schedulingAnnotations(workload: WorkloadPrediction): WorkloadAnnotations {
  const { subject, pod } = workload;
  return {
    subject,
    pod: pod?.metadata.name ?? '',
    annotations: pod ? simulatorAnnotations(pod, worldBeside(workload)) : {},
  };
}

/** Where a pod lands: `node-a`, or `node-a or node-b` where they score the same. */
export function landsText({ nodeName, tied }: SchedulingResult): string | undefined {
  const [, second, ...others] = tied;
  if (nodeName === undefined || second === undefined) return nodeName;
  if (others.length === 0) return `${nodeName} or ${second}`;
  return `${nodeName} or ${others.length + 1} others`;
}
