/**
 * The first pod of a rollout beside all the old ones: whether the scheduler finds a node for it.
 * Old pods are of another revision, so labels and selectors that tell revisions apart do.
 */
import type { Pod } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { placeAll, schedule, type SchedulingResult } from '../../scheduling/index.ts';
import { PLACEHOLDER_HASH } from '../../workloads/index.ts';
import { nodesAreAssumed, type RollingDeployment } from './rollouts.ts';

/** As long as the placeholder, and another. */
const OLD_HASH = 'y'.repeat(PLACEHOLDER_HASH.length);
/** Beyond, a keystroke would wait for the answer. */
const MAX_PLACED = 60;

/** Where the old pods are, and what the scheduler says to one more. */
export interface SurgePlacement {
  readonly oldNodes: readonly string[];
  readonly result: SchedulingResult;
}

/** The first new pod's cycle; undefined where the old pods themselves find no nodes. */
export function surgePlacement(
  workload: WorkloadPrediction,
  rolling: RollingDeployment,
): SurgePlacement | undefined {
  return workload.remembered(surgePlacement, () => place(workload, rolling.replicas));
}

function place(workload: WorkloadPrediction, replicas: number): SurgePlacement | undefined {
  const { pod, prediction } = workload;
  if (!pod || pod.spec.nodeName || replicas > MAX_PLACED) return undefined;
  // Nobody runs everything at once on nodes that are only assumed.
  const base = nodesAreAssumed(prediction)
    ? prediction.schedulingSnapshot
    : prediction.placedBesides(new Set(workload.pods.map((it) => it.pod)));
  const asked = withoutClaims(pod, workload);
  const old = Array.from({ length: replicas }, (_, i) => oldCopy(asked, i));
  const { placements, after } = placeAll(old, base);
  const oldNodes = placements.flatMap(({ nodeName }) => nodeName ?? []);
  if (oldNodes.length < replicas) return undefined;
  return { oldNodes, result: schedule(asked, after) };
}

/** The first new pod finds no node, and nothing goes for it. */
export function isStuck({ result }: SurgePlacement): boolean {
  return result.nodeName === undefined && result.nominatedNodeName === undefined;
}

function oldCopy(pod: Pod, number: number): Pod {
  const { affinity, topologySpreadConstraints } = pod.spec;
  const text = JSON.stringify({ affinity, topologySpreadConstraints });
  const old = JSON.parse(text.replaceAll(PLACEHOLDER_HASH, OLD_HASH)) as Partial<Pod['spec']>;
  const labels = { ...pod.metadata.labels, 'pod-template-hash': OLD_HASH };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels, name: `${pod.metadata.name}-old-${number}` },
    spec: { ...pod.spec, ...old },
  };
}

/** A claim that is yet to be provisioned keeps the pod to no node; who may share it, rules ask. */
function withoutClaims(pod: Pod, { prediction }: WorkloadPrediction): Pod {
  if (prediction.snapshot.list('PersistentVolume').length > 0) return pod;
  const volumes = (pod.spec.volumes ?? []).filter((it) => !it.persistentVolumeClaim);
  return { ...pod, spec: { ...pod.spec, volumes } };
}
