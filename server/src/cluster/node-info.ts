/**
 * A node and the pods on it, summed up so that a scheduling cycle only compares numbers.
 * Follows pkg/scheduler/framework/types.go (NodeInfo). A change of pods makes another NodeInfo
 * that shares everything about the node itself.
 */
import { unitsOf, type Labels, type Node, type Taint } from '../manifest/index.ts';
import { DEFAULT_NODES } from './default-cluster.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { resourceAmounts, type ResourceAmounts } from './pod-requests.ts';

/** What of a node does not change with its pods. */
export interface NodeFacts {
  /** Its place among all nodes of the world. */
  readonly index: number;
  readonly node: Node;
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  /** Nodes with equal taints have the same number. */
  readonly taintSet: number;
  readonly unschedulable: boolean;
  readonly allocatable: ResourceAmounts;
  readonly allowedPods: number;
  /** The manifest does not say how large the node is, so a common size is taken. */
  readonly sizeAssumed: boolean;
}

/** How many pods a kubelet takes where nothing else is set. */
const ASSUMED_SIZE = { pods: '110' };
const NONE: readonly never[] = [];
const NO_LABELS: Labels = {};

/** The facts of one node; `taintSets` numbers equal taints alike. */
export function nodeFacts(node: Node, index: number, taintSets: Map<string, number>): NodeFacts {
  const taints = node.spec?.taints ?? NONE;
  const key = taints.map((it) => `${it.key}=${it.value ?? ''}:${it.effect}`).join(' ');
  let taintSet = taintSets.get(key);
  if (taintSet === undefined) taintSets.set(key, (taintSet = taintSets.size));
  const declared = node.status?.allocatable ?? node.status?.capacity;
  // A kubelet always reports these; a manifest that somebody wrote may leave them out.
  const allocatable = { ...ASSUMED_SIZE, ...(declared ?? DEFAULT_NODES[0]?.status?.allocatable) };
  return {
    index,
    node,
    name: node.metadata.name,
    labels: declared ? (node.metadata.labels ?? NO_LABELS) : withKubeletLabels(node),
    taints,
    taintSet,
    unschedulable: node.spec?.unschedulable ?? false,
    allocatable: resourceAmounts(allocatable),
    allowedPods: unitsOf(allocatable['pods']),
    sizeAssumed: declared === undefined,
  };
}

/** The labels of a node nobody has seen running, with those a kubelet would add. */
function withKubeletLabels({ metadata }: Node): Labels {
  const own = { 'kubernetes.io/hostname': metadata.name, 'kubernetes.io/os': 'linux' };
  return { ...own, ...metadata.labels };
}

/** A node with its pods: what they request together, and which of them matter to which plugin. */
export class NodeInfo {
  readonly index: number;
  readonly name: string;
  readonly facts: NodeFacts;
  readonly pods: readonly PodInfo[];
  /** The class of each pod. */
  readonly classIds: readonly number[];
  /** The class of each pod that is not terminating. */
  readonly liveClassIds: readonly number[];
  readonly milliCpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  readonly scalar: ReadonlyMap<string, number>;
  readonly nonZeroMilliCpu: number;
  readonly nonZeroMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly podsWithAffinity: readonly PodInfo[];
  readonly podsWithRequiredAntiAffinity: readonly PodInfo[];
  readonly podsWithClaims: readonly PodInfo[];

  /** `hostPorts` where they are not just those of the pods. */
  constructor(facts: NodeFacts, pods: readonly PodInfo[], hostPorts?: readonly HostPort[]) {
    this.index = facts.index;
    this.name = facts.name;
    this.facts = facts;
    this.pods = pods;
    let milliCpu = 0;
    let memory = 0;
    let ephemeralStorage = 0;
    let nonZeroMilliCpu = 0;
    let nonZeroMemory = 0;
    const scalar = new Map<string, number>();
    const classIds: number[] = [];
    for (const it of pods) {
      milliCpu += it.requests.milliCpu;
      memory += it.requests.memory;
      ephemeralStorage += it.requests.ephemeralStorage;
      nonZeroMilliCpu += it.nonZeroMilliCpu;
      nonZeroMemory += it.nonZeroMemory;
      for (const [name, amount] of it.requests.scalar) {
        scalar.set(name, (scalar.get(name) ?? 0) + amount);
      }
      classIds.push(it.podClass.id);
    }
    this.milliCpu = milliCpu;
    this.memory = memory;
    this.ephemeralStorage = ephemeralStorage;
    this.scalar = scalar;
    this.nonZeroMilliCpu = nonZeroMilliCpu;
    this.nonZeroMemory = nonZeroMemory;
    this.classIds = classIds;
    this.liveClassIds = pods.some((it) => it.terminating)
      ? pods.filter((it) => !it.terminating).map((it) => it.podClass.id)
      : classIds;
    this.hostPorts =
      hostPorts ?? some(pods, (it) => it.hostPorts.length > 0).flatMap((it) => it.hostPorts);
    this.podsWithAffinity = some(pods, hasAffinity);
    this.podsWithRequiredAntiAffinity = some(pods, (it) => it.requiredAntiAffinity.length > 0);
    this.podsWithClaims = some(pods, (it) => it.claims.length > 0);
  }

  /** The same node with one more pod. */
  withPod(pod: PodInfo): NodeInfo {
    const hostPorts = [...this.hostPorts, ...pod.hostPorts];
    return new NodeInfo(this.facts, [...this.pods, pod], hostPorts);
  }

  /** The same node without one of its pods. As upstream, its ports are free even if another has them. */
  withoutPod(pod: PodInfo): NodeInfo {
    const same = (it: PodInfo): boolean => it.name === pod.name && it.namespace === pod.namespace;
    const freed = (it: HostPort): boolean => pod.hostPorts.some((own) => samePort(own, it));
    return new NodeInfo(
      this.facts,
      this.pods.filter((it) => !same(it)),
      pod.hostPorts.length > 0 ? this.hostPorts.filter((it) => !freed(it)) : this.hostPorts,
    );
  }
}

function samePort(a: HostPort, b: HostPort): boolean {
  return a.hostPort === b.hostPort && a.protocol === b.protocol && a.hostIP === b.hostIP;
}

/** The first port of `wanted` that `used` take, if any (HostPortInfo.CheckConflict). */
export function hostPortConflict(
  wanted: readonly HostPort[],
  used: readonly HostPort[],
): HostPort | undefined {
  if (used.length === 0) return undefined;
  return wanted.find((want) =>
    used.some(
      (it) =>
        it.hostPort === want.hostPort &&
        it.protocol === want.protocol &&
        (it.hostIP === want.hostIP || it.hostIP === '0.0.0.0' || want.hostIP === '0.0.0.0'),
    ),
  );
}

function hasAffinity(pod: PodInfo): boolean {
  return (
    pod.requiredAffinity.length +
      pod.requiredAntiAffinity.length +
      pod.preferredAffinity.length +
      pod.preferredAntiAffinity.length >
    0
  );
}

/** Those of the pods that pass; the one empty list where none does. */
function some(pods: readonly PodInfo[], passes: (pod: PodInfo) => boolean): readonly PodInfo[] {
  let found: PodInfo[] | undefined;
  for (const it of pods) {
    if (!passes(it)) continue;
    found ??= [];
    found.push(it);
  }
  return found ?? NONE;
}
