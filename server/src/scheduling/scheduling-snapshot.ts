/**
 * What one scheduling cycle sees: the nodes with their pods, and the rest of the world.
 * Follows pkg/scheduler/backend/cache/snapshot.go. Built once from a ClusterSnapshot; a change of
 * pods makes another snapshot that shares all but the nodes the change touches.
 */
import {
  type ClusterSnapshot,
  NodeInfo,
  PodInfoFactory,
  type PodClass,
  type PodInfo,
} from '../cluster/index.ts';
import type { Labels, Node, Pod } from '../manifest/index.ts';
import { NodeTable } from './node-table.ts';

/** What a pod of this snapshot will take, before anything was written back. */
export interface AssumedClaim {
  /** The node it will be provisioned for or bound on. */
  readonly nodeName: string;
  /** The existing volume chosen for it; to be provisioned where missing. */
  readonly volumeName?: string;
  /** The devices a resource claim will hold. */
  readonly devices?: readonly string[];
}

interface Parts {
  readonly cluster: ClusterSnapshot;
  readonly table: NodeTable;
  readonly factory: PodInfoFactory;
  readonly nodes: readonly NodeInfo[];
  /** The nodes before any pod was assumed here. */
  readonly base: readonly NodeInfo[];
  readonly boundPods: readonly Pod[];
  readonly nominated: ReadonlyMap<number, readonly PodInfo[]>;
  readonly assumedClaims: ReadonlyMap<string, AssumedClaim>;
}

export class SchedulingSnapshot {
  readonly #parts: Parts;
  readonly #namespaces = new Map<string, Labels>();

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The snapshot of a world. With `previous`, everything whose objects are still the same is
   * taken from it: a keystroke in a pod touches at most one node.
   */
  static of(cluster: ClusterSnapshot, previous?: SchedulingSnapshot): SchedulingSnapshot {
    const nodes = cluster.list('Node');
    const before = previous ? previous.#parts : undefined;
    const factory = before?.factory ?? new PodInfoFactory();
    const pods = cluster.list('Pod');
    const bound = pods.filter(isOnANode);
    const nominated = nominatedPods(pods, factory);
    const rest = { cluster, factory, boundPods: bound, assumedClaims: new Map() };
    if (before && sameList(before.table.nodes, nodes)) {
      const { table } = before;
      const infos = updatedNodes(before, bound);
      return new SchedulingSnapshot({
        ...rest,
        table,
        nodes: infos,
        base: infos,
        nominated: byNode(nominated, table),
      });
    }
    const table = new NodeTable(nodes);
    const podsByNode: PodInfo[][] = nodes.map(() => []);
    for (const pod of bound) {
      const index = table.indexByName.get(pod.spec.nodeName ?? '');
      if (index !== undefined) podsByNode[index]?.push(factory.infoOf(pod));
    }
    const infos = table.facts.map((it) => new NodeInfo(it, podsByNode[it.index] ?? []));
    return new SchedulingSnapshot({
      ...rest,
      table,
      nodes: infos,
      base: infos,
      nominated: byNode(nominated, table),
    });
  }

  /** The rest of the world: claims, volumes, Services, budgets. */
  get cluster(): ClusterSnapshot {
    return this.#parts.cluster;
  }

  /** The nodes without their pods. */
  get table(): NodeTable {
    return this.#parts.table;
  }

  /** All nodes in the order they were declared; an index is a node's place here. */
  get nodes(): readonly NodeInfo[] {
    return this.#parts.nodes;
  }

  /** Every class of pods by its id. */
  get podClasses(): readonly PodClass[] {
    return this.#parts.factory.classes;
  }

  /** What is known of claims that pods placed here will take. */
  get assumedClaims(): ReadonlyMap<string, AssumedClaim> {
    return this.#parts.assumedClaims;
  }

  /** A node by name. */
  node(name: string): NodeInfo | undefined {
    const index = this.table.indexByName.get(name);
    return index === undefined ? undefined : this.nodes[index];
  }

  /** A pod as the scheduler counts it; the same object for the same pod. */
  podInfo(pod: Pod): PodInfo {
    return this.#parts.factory.infoOf(pod);
  }

  /** Pods that preemption promised a node, and are not on it yet. */
  nominatedTo(index: number): readonly PodInfo[] {
    return this.#parts.nominated.get(index) ?? [];
  }

  /** The labels of a namespace; its name is one of them even where it is not declared. */
  namespaceLabels(namespace: string): Labels {
    let labels = this.#namespaces.get(namespace);
    if (!labels) {
      const declared = this.cluster.get('Namespace', '', namespace)?.metadata.labels;
      labels = { ...declared, 'kubernetes.io/metadata.name': namespace };
      this.#namespaces.set(namespace, labels);
    }
    return labels;
  }

  /** The snapshot with one more pod on a node; itself where there is no such node. */
  withPod(
    pod: Pod,
    nodeName: string,
    claims: ReadonlyMap<string, AssumedClaim> = new Map(),
  ): SchedulingSnapshot {
    const node = this.node(nodeName);
    if (!node) return this;
    const parts = this.#replace(node.withPod(this.podInfo(pod)));
    if (claims.size === 0) return new SchedulingSnapshot(parts);
    const assumedClaims = new Map([...this.assumedClaims, ...claims]);
    return new SchedulingSnapshot({ ...parts, assumedClaims });
  }

  /** The snapshot with one pod less; itself where the pod is not on the node. */
  withoutPod(pod: Pod, nodeName: string | undefined = pod.spec.nodeName): SchedulingSnapshot {
    const node = nodeName === undefined ? undefined : this.node(nodeName);
    if (!node) return this;
    return new SchedulingSnapshot(this.#replace(node.withoutPod(this.podInfo(pod))));
  }

  /** The snapshot with more nodes, the pods where they are. */
  withNodes(more: readonly Node[]): SchedulingSnapshot {
    const table = new NodeTable([...this.table.nodes, ...more]);
    const nodes = table.facts.map((it) => new NodeInfo(it, this.nodes[it.index]?.pods ?? []));
    return new SchedulingSnapshot({ ...this.#parts, table, nodes, base: nodes });
  }

  #replace(node: NodeInfo): Parts {
    const nodes = this.nodes.slice();
    nodes[node.index] = node;
    return { ...this.#parts, nodes };
  }
}

/** Whether a pod takes part of a node: bound, and not finished. */
function isOnANode(pod: Pod): boolean {
  const { nodeName } = (pod.spec as Pod['spec'] | undefined) ?? {};
  if (!nodeName) return false;
  const phase = pod.status?.phase;
  return phase !== 'Succeeded' && phase !== 'Failed';
}

function nominatedPods(
  pods: readonly Pod[],
  factory: PodInfoFactory,
): (readonly [string, PodInfo])[] {
  const found: (readonly [string, PodInfo])[] = [];
  for (const pod of pods) {
    const name = pod.status?.nominatedNodeName;
    if (name && pod.spec && !pod.spec.nodeName) found.push([name, factory.infoOf(pod)]);
  }
  return found;
}

function byNode(
  pods: readonly (readonly [string, PodInfo])[],
  table: NodeTable,
): ReadonlyMap<number, readonly PodInfo[]> {
  const found = new Map<number, PodInfo[]>();
  for (const [name, pod] of pods) {
    const index = table.indexByName.get(name);
    if (index === undefined) continue;
    found.set(index, [...(found.get(index) ?? []), pod]);
  }
  return found;
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((it, i) => it === b[i]);
}

/** The nodes of a snapshot with the pods of another: only those whose pods differ are new. */
function updatedNodes(before: Parts, bound: readonly Pod[]): readonly NodeInfo[] {
  const { table, factory } = before;
  const place = (pod: Pod): number | undefined => table.indexByName.get(pod.spec.nodeName ?? '');
  const touched = new Set<number>();
  for (const pod of changedPods(before.boundPods, bound)) {
    const index = place(pod);
    if (index !== undefined) touched.add(index);
  }
  const nodes = before.base.slice();
  if (touched.size === 0) return nodes;
  const pods = new Map<number, PodInfo[]>([...touched].map((index) => [index, []]));
  for (const pod of bound) {
    const index = place(pod);
    if (index !== undefined) pods.get(index)?.push(factory.infoOf(pod));
  }
  for (const [index, list] of pods) {
    const facts = table.facts[index];
    if (facts) nodes[index] = new NodeInfo(facts, list);
  }
  return nodes;
}

/** The objects that are in one list only. */
function changedPods(before: readonly Pod[], now: readonly Pod[]): readonly Pod[] {
  // Mostly one object differs: what the lists share at both ends needs no set.
  let start = 0;
  while (start < before.length && before[start] === now[start]) start++;
  let end = 0;
  const most = Math.min(before.length, now.length) - start;
  while (end < most && before[before.length - 1 - end] === now[now.length - 1 - end]) end++;
  const old = new Set(before.slice(start, before.length - end));
  const fresh = new Set(now.slice(start, now.length - end));
  return [...[...old].filter((it) => !fresh.has(it)), ...[...fresh].filter((it) => !old.has(it))];
}
