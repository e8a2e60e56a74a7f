/**
 * A rollout of one workload: its controller played through with the bounds of its pods' lives, in
 * the declared cluster, beside everything else that is there.
 */
import type { TimeWindow } from '../explanation/index.ts';
import type { ClusterSnapshot } from '../cluster/index.ts';
import { LIMITS, type KubernetesObject, type Pod } from '../manifest/index.ts';
import { schedule, type SchedulingSnapshot } from '../scheduling/index.ts';
import {
  multiAttachError,
  simulateRollout,
  surroundingsOf,
  volumeHazards,
  type Disks,
  type Held,
  type PodBehaviour,
  type Rollout,
  type RolloutChange,
  type RolloutWorkload,
  type RolloutWorld,
} from '../workloads/index.ts';
import { admit } from './admit.ts';
import { otherPods, refusalBeside, renamed } from './pods-beside.ts';
import type { WorkloadPrediction } from './workload-prediction.ts';

/** What stands for "nobody knows when", in seconds: the controller's progress deadline is 600. */
const LONG_SECONDS = 300;
/** Beyond, every pod is taken to fit: the question would be asked thousands of times. */
const MAX_PLACED = 60;

/** What is chosen of a rollout where it could go several ways. */
export interface RolloutPlan {
  /** A new template where it is left out. */
  readonly change?: RolloutChange;
  /** How pods start and end, in seconds; within the bounds of their lives where left out. */
  readonly pods?: Partial<PodBehaviour>;
  /** Whether claims count as disks of which that is only assumed; not, where left out. */
  readonly disks?: Disks;
  /** A port of its node that each pod listens on, declared or not. */
  readonly hostPort?: number;
  /** Decides what is left to chance; the first of equals is taken where it is left out. */
  readonly seed?: number;
}

/** How a change of the pod template goes; undefined for kinds that do not roll. */
export function predictRollout(
  workload: WorkloadPrediction,
  { change = { kind: 'template' }, pods, disks = 'declared', hostPort, seed }: RolloutPlan = {},
): Rollout | undefined {
  const { object, pod, prediction } = workload;
  const ready = workload.startup?.ofKind('ready')[0]?.window;
  const gone = workload.shutdown('rollout')?.ofKind('gone')[0]?.window;
  if (!isRolloutWorkload(object) || !pod || !ready || !gone) return undefined;
  if (workload.replicas > LIMITS.replicas) return undefined;
  const behaviour = { readyAfter: bounded(ready), exitAfter: bounded(gone), ...pods };
  const { snapshot } = prediction;
  // Most pods share nothing, and then nobody need be asked.
  const mayBeHeld =
    hostPort !== undefined || (pod.spec.volumes ?? []).some((it) => it.persistentVolumeClaim);
  const surroundings = surroundingsOf(object, {
    nodes: prediction.snapshot.list('Node'),
    others: [],
    schedule: change.kind === 'revert' ? newPodsOnly(workload) : placer(workload),
    prepare: (made) => prepared(workload, made),
    refuse: refuser(workload),
    ...(mayBeHeld
      ? { hold: (made, bound) => heldBack(made, bound, { snapshot, disks, hostPort }) }
      : {}),
    seed,
  });
  const rollout = simulateRollout(object, behaviour, change, surroundings);
  const hazards = object.kind === 'Deployment' ? volumeHazards(object, snapshot) : [];
  const unbounded = !Number.isFinite(ready.latest) || !Number.isFinite(gone.latest);
  const duration = unbounded ? { ...rollout.duration, latest: Infinity } : rollout.duration;
  return { ...rollout, duration, because: [...rollout.because, ...hazards] };
}

function bounded({ earliest, latest }: TimeWindow): TimeWindow {
  const cap = (seconds: number) => (Number.isFinite(seconds) ? seconds : LONG_SECONDS);
  return { earliest: cap(earliest), latest: Math.max(cap(earliest), cap(latest)) };
}

/** What the API server makes of a pod of the template. */
function prepared({ prediction }: WorkloadPrediction, pod: Pod): Pod {
  const object = pod as unknown as KubernetesObject;
  const { snapshot, config } = prediction;
  const version = config.kubernetesVersion;
  return admit({ written: object, object, snapshot, version }).object as unknown as Pod;
}

/** Beyond, every pod is taken to be admitted: each question counts all pods of the namespace. */
const MAX_COUNTED = 200;

/**
 * Why a pod is not admitted beside those that exist: for what its template asks, or since they fill
 * a quota. Undefined where neither can be.
 */
function refuser(workload: WorkloadPrediction): RolloutWorld['refuse'] {
  const { prediction, namespace } = workload;
  const [first] = workload.pods;
  if (!first) return undefined;
  if (!first.admission.allowed) {
    // Where the workload is refused for the same fault, there is no controller to ask for pods.
    return workload.admission.allowed ? () => first.admission.message : undefined;
  }
  if (prediction.snapshot.list('ResourceQuota', namespace).length === 0) return undefined;
  const others = otherPods(workload);
  if (others.length + workload.replicas > MAX_COUNTED) return undefined;
  const known = new Map<number, string | undefined>();
  return (_, { length }) => {
    // Its own pods are alike to a quota, and count until they are gone.
    if (!known.has(length)) {
      const own = Array.from({ length }, (_, i) => renamed(first.pod, `own-${i}`));
      known.set(length, refusalBeside(prediction, first.pod, [...others, ...own]));
    }
    return known.get(length);
  };
}

type Placing =
  { readonly nodes: readonly string[] } | { readonly because: { message: string; cites: [] } };

/** The scheduler's choice beside bound pods; everything else of the prediction is placed already. */
function placer(workload: WorkloadPrediction): (pod: Pod, bound: readonly Pod[]) => Placing {
  const { prediction, replicas } = workload;
  const own = new Set(workload.pods.map((it) => it.pod));
  const [first] = prediction.snapshot.list('Node');
  const known = new Map<string, Placing>();
  let base: SchedulingSnapshot | undefined;
  return (pod, bound) => {
    if (replicas > MAX_PLACED && first) return { nodes: [first.metadata.name] };
    // Spreading passes over those that terminate.
    const stateOf = ({ metadata }: Pod) => (metadata.deletionTimestamp ? 'ends' : '');
    const where = bound.map((it) => `${it.spec.nodeName} ${labelsKey(it)} ${stateOf(it)}`).sort();
    const key = `${labelsKey(pod)}|${where.join()}`;
    const before = known.get(key);
    if (before) return before;
    base ??= prediction.placedBesides(own);
    let snapshot = base;
    for (const [i, it] of bound.entries()) {
      const metadata = { ...it.metadata, name: `${it.metadata.name}-${i}` };
      snapshot = snapshot.withPod({ ...it, metadata }, it.spec.nodeName ?? '');
    }
    const result = schedule(pod, snapshot);
    const answer: Placing =
      result.nodeName === undefined
        ? { because: { message: result.message ?? result.gated?.message ?? '', cites: [] } }
        : { nodes: result.tied };
    known.set(key, answer);
    return answer;
  };
}

/** Of the template that was there before nothing is known but that its pods run. */
function newPodsOnly(workload: WorkloadPrediction): RolloutWorld['schedule'] {
  const place = placer(workload);
  const nodes = workload.prediction.snapshot.list('Node').map((it) => it.metadata.name);
  return (pod, bound, { isNew }) => (isNew ? place(pod, bound) : { nodes });
}

interface Holding {
  readonly snapshot: ClusterSnapshot;
  readonly disks: Disks;
  readonly hostPort: number | undefined;
}

/** A disk that another node's pod has, or a port that another pod of the node listens on. */
function heldBack(pod: Pod, bound: readonly Pod[], world: Holding): Held | undefined {
  const error = multiAttachError(pod, bound, world);
  if (error !== undefined) return { what: 'FailedAttachVolume', message: error };
  const { hostPort } = world;
  const before = bound.find((it) => it.spec.nodeName === pod.spec.nodeName);
  if (hostPort === undefined || !before) return undefined;
  const message = `${before.metadata.name} listens on port ${hostPort} of ${pod.spec.nodeName ?? 'the node'}: address already in use`;
  return { what: 'BackOff', message };
}

/** Pods of one template version are alike to the scheduler. */
function labelsKey({ metadata }: Pod): string {
  return Object.values(metadata.labels ?? {}).join('/');
}

function isRolloutWorkload(object: KubernetesObject): object is RolloutWorkload {
  return ['Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind ?? '');
}
