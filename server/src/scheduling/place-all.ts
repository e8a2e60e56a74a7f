/**
 * Several pods one after the other, each seeing those before it: what a queue of the scheduler
 * comes to. Preemption is carried to its end: the victims go, and the pod takes their place.
 */
import {
  LIMITS,
  originOf,
  withOrigin,
  type Node,
  type Pod,
  type Volume,
} from '../manifest/index.ts';
import { assumedDevices } from './plugins/dynamic-resources.ts';
import { assumedClaims } from './plugins/volume-binding.ts';
import type { PlacementMemory } from './placement-memory.ts';
import { schedule, type SchedulingOptions } from './scheduling-cycle.ts';
import { inQueueOrder, worthAnotherTry } from './scheduling-queue.ts';
import type { SchedulingResult } from './scheduling-result.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** One pod and what its cycle found. */
export interface Placement {
  readonly pod: Pod;
  readonly result: SchedulingResult;
  /** Where it ends up: the chosen node, or the one preemption clears for it. */
  readonly nodeName: string | undefined;
}

/** All placements in queue order, and the world after them. */
export interface PlacementPlan {
  readonly placements: readonly Placement[];
  readonly after: SchedulingSnapshot;
}

/** How many copies of a pod fit besides what is there. */
export interface Capacity {
  readonly count: number;
  /** There may be more: no further copies were tried. */
  readonly bounded: boolean;
  /** How many copies each node took. */
  readonly byNode: ReadonlyMap<string, number>;
  /** The cycle of the first copy that did not fit; undefined where `bounded`. */
  readonly next: SchedulingResult | undefined;
}

/** How often pods that found no node are tried again at most. */
const MAX_ROUNDS = 20;

/**
 * Places pods in queue order. Those that found no node, and may do so beside a pod that found one
 * later, are tried again when the others are done.
 * With a memory, cycles that see the same as last time are not run.
 */
export function placeAll(
  pods: readonly Pod[],
  snapshot: SchedulingSnapshot,
  memory?: PlacementMemory,
): PlacementPlan {
  const queue = inQueueOrder(pods, snapshot);
  const placements = new Map<Pod, Placement>();
  memory?.begin(snapshot);
  let now = snapshot;
  let waiting = queue;
  for (let round = 0; waiting.length > 0 && round < MAX_ROUNDS; round++) {
    now = tryEach(waiting, now, placements, memory);
    waiting = triedAgain(queue, waiting, placements, now);
  }
  memory?.end();
  return { placements: queue.flatMap((it) => placements.get(it) ?? []), after: now };
}

/** Tries pods one after the other; the world after them. */
function tryEach(
  pods: readonly Pod[],
  snapshot: SchedulingSnapshot,
  placements: Map<Pod, Placement>,
  memory: PlacementMemory | undefined,
): SchedulingSnapshot {
  let now = snapshot;
  // Copies of a pod that did not fit do not fit either, as long as nothing has changed.
  const failed = new Map<string, SchedulingResult>();
  for (const pod of pods) {
    const key = failed.size > 0 ? shapeOf(pod) : '';
    const before = failed.get(key);
    const result = before
      ? (memory?.copy(pod, before) ?? before)
      : (memory?.cycle(pod, () => schedule(pod, now)) ?? schedule(pod, now));
    const nodeName = result.nodeName ?? result.nominatedNodeName;
    placements.set(pod, { pod, result, nodeName });
    if (nodeName === undefined) {
      failed.set(key || shapeOf(pod), result);
      continue;
    }
    for (const victim of result.victims) now = now.withoutPod(victim, nodeName);
    now = withPlaced(pod, nodeName, now);
    failed.clear();
  }
  return now;
}

/** The pods without a node that one placed after their last try may help, in queue order. */
function triedAgain(
  queue: readonly Pod[],
  tried: readonly Pod[],
  placements: ReadonlyMap<Pod, Placement>,
  now: SchedulingSnapshot,
): readonly Pod[] {
  const turn = new Map(tried.map((it, i) => [it, i]));
  const placed = tried.filter((it) => placements.get(it)?.nodeName !== undefined);
  const found: Pod[] = [];
  for (const pod of placed.length > 0 ? queue : []) {
    const last = placements.get(pod);
    if (!last || last.nodeName !== undefined || last.result.gated) continue;
    const since = placed.filter((it) => (turn.get(it) ?? 0) > (turn.get(pod) ?? -1));
    if (since.length > 0 && worthAnotherTry(last.result, since, now)) found.push(pod);
  }
  return found;
}

/** How many copies of a pod fit without any pod going. */
export function howManyMore(
  pod: Pod,
  snapshot: SchedulingSnapshot,
  limit: number = LIMITS.replicas,
): Capacity {
  const { taken, next } = fillUp(pod, snapshot, limit, { preempt: false });
  const byNode = new Map<string, number>();
  for (const it of taken) byNode.set(it, (byNode.get(it) ?? 0) + 1);
  return { count: taken.length, bounded: taken.length >= limit, byNode, next };
}

/** One kind of node, and how many more of it the pods need. */
export interface NodesToAdd {
  /** A node of the world that the new ones would be like, without its pods. */
  readonly like: Node;
  readonly count: number;
}

/**
 * How many nodes like each of those in the world would let all the pods be placed, the fewest
 * first. A kind that cannot take them all, even empty, is left out.
 * Left out: what DaemonSets and the kubelet would put on a new node.
 */
export function nodesToAdd(
  pods: readonly Pod[],
  snapshot: SchedulingSnapshot,
): readonly NodesToAdd[] {
  const { placements, after } = placeAll(pods, snapshot);
  const left = placements.filter((it) => it.nodeName === undefined).map((it) => it.pod);
  if (left.length === 0) return [];
  const found: NodesToAdd[] = [];
  for (const like of nodeKinds(snapshot)) {
    const count = countNodes(left, after, like);
    if (count !== undefined) found.push({ like, count });
  }
  return found.toSorted((a, b) => a.count - b.count);
}

/** The snapshot with a pod on a node, and the volumes and devices it takes there. */
function withPlaced(pod: Pod, nodeName: string, now: SchedulingSnapshot): SchedulingSnapshot {
  const info = now.podInfo(pod);
  const claims = new Map([
    ...assumedClaims(info, now, nodeName),
    ...assumedDevices(info, now, nodeName),
  ]);
  return now.withPod(pod, nodeName, claims);
}

/** Adds nodes of a kind one by one until all pods are placed; undefined where one does not help. */
function countNodes(
  pods: readonly Pod[],
  snapshot: SchedulingSnapshot,
  like: Node,
): number | undefined {
  let now = snapshot;
  let left = pods;
  for (let count = 1; count <= LIMITS.replicas; count++) {
    now = now.withNodes([copyOfNode(like, count)]);
    const plan = placeAll(left, now);
    const still = plan.placements.filter((it) => it.nodeName === undefined).map((it) => it.pod);
    if (still.length === 0) return count;
    // A hard spread may need a node in vain before it helps; two in vain do not help.
    if (still.length === left.length && count > 1) return undefined;
    now = plan.after;
    left = still;
  }
  return undefined;
}

/** One node of each kind: what differs beyond names and places makes another kind. */
function nodeKinds({ table }: SchedulingSnapshot): readonly Node[] {
  const kinds = new Map<string, Node>();
  for (const { node, labels, taints, allocatable, unschedulable } of table.facts) {
    if (unschedulable) continue;
    const own = Object.entries(labels).filter(([key]) => key !== 'kubernetes.io/hostname');
    const key = JSON.stringify([
      own.sort(([a], [b]) => (a < b ? -1 : 1)),
      taints.map((it) => [it.key, it.value, it.effect]),
      [allocatable.milliCpu, allocatable.memory, allocatable.ephemeralStorage],
      [...allocatable.scalar],
    ]);
    if (!kinds.has(key)) kinds.set(key, node);
    if (kinds.size >= MAX_NODE_KINDS) break;
  }
  return [...kinds.values()];
}

/** Kinds of nodes that are tried. */
const MAX_NODE_KINDS = 12;

function copyOfNode(like: Node, count: number): Node {
  const name = `${like.metadata.name}-new-${count}`;
  const labels = { ...like.metadata.labels };
  if ('kubernetes.io/hostname' in labels) labels['kubernetes.io/hostname'] = name;
  return { ...like, metadata: { ...like.metadata, name, labels } };
}

function fillUp(
  pod: Pod,
  snapshot: SchedulingSnapshot,
  limit: number,
  options: SchedulingOptions,
): { readonly taken: readonly string[]; readonly next: SchedulingResult | undefined } {
  const taken: string[] = [];
  let now = snapshot;
  while (taken.length < limit) {
    const copy = copyOfPod(pod, taken.length + 1, snapshot);
    const result = schedule(copy, now, options);
    const { nodeName } = result;
    if (nodeName === undefined) return { taken, next: schedule(copy, now) };
    taken.push(nodeName);
    now = withPlaced(copy, nodeName, now);
  }
  return { taken, next: undefined };
}

function copyOfPod(pod: Pod, count: number, snapshot: SchedulingSnapshot): Pod {
  const volumes = pod.spec.volumes?.map((it) => ownVolume(it, pod, snapshot));
  const { uid: _, ...metadata } = pod.metadata;
  const copy: Pod = {
    ...pod,
    metadata: { ...metadata, name: `${pod.metadata.name}-copy-${count}` },
    spec: volumes ? { ...pod.spec, volumes } : pod.spec,
  };
  const origin = originOf(pod);
  return origin ? withOrigin(copy, origin) : copy;
}

/**
 * A volume as a further replica has it. Each pod of a StatefulSet has claims of its own, made for it
 * as those of ephemeral volumes are.
 */
function ownVolume(volume: Volume, pod: Pod, { cluster }: SchedulingSnapshot): Volume {
  const { name, namespace, ownerReferences } = pod.metadata;
  const claimName = volume.persistentVolumeClaim?.claimName;
  const ofSet = ownerReferences?.some((it) => it.controller && it.kind === 'StatefulSet');
  if (!ofSet || claimName !== `${volume.name}-${name}`) return volume;
  const claim = cluster.get('PersistentVolumeClaim', namespace || 'default', claimName);
  if (!claim?.spec) return volume;
  const { volumeName: _, ...spec } = claim.spec;
  return { name: volume.name, ephemeral: { volumeClaimTemplate: { spec } } };
}

/** All of a pod that scheduling reads besides its name. */
function shapeOf({ metadata, spec }: Pod): string {
  const claims = (spec.volumes ?? []).some((it) => it.ephemeral) ? metadata.name : '';
  return JSON.stringify([
    metadata.namespace,
    metadata.labels,
    metadata.ownerReferences,
    spec,
    claims,
  ]);
}
