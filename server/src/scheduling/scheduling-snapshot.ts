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
import type { ClassMatch } from './class-match.ts';
import { NodeTable } from './node-table.ts';
import { podColumns, type CountedPods } from './pod-columns.ts';

const NONE: readonly never[] = [];

/** What a pod of this snapshot will take, before anything was written back. */
export interface AssumedClaim {
  /** The node it will be provisioned for or bound on. */
  readonly nodeName: string;
  /** The existing volume chosen for it; to be provisioned where missing. */
  readonly volumeName?: string;
  /** The devices a resource claim will hold. */
  readonly devices?: readonly string[];
}

/** A pod that preemption promised a node, by the node's name. */
type Nominated = readonly [string, PodInfo];

interface Parts {
  readonly cluster: ClusterSnapshot;
  readonly table: NodeTable;
  readonly factory: PodInfoFactory;
  readonly nodes: readonly NodeInfo[];
  /** The nodes before any pod was assumed here. */
  readonly declared: readonly NodeInfo[];
  /** The nodes whose columns are made; `nodes` differ from them in a few places. */
  readonly origin: readonly NodeInfo[];
  readonly nominated: readonly Nominated[];
  readonly assumedClaims: ReadonlyMap<string, AssumedClaim>;
}

export class SchedulingSnapshot {
  readonly #parts: Parts;
  readonly #namespaces = new Map<
    string,
    { readonly declared: Labels | undefined; readonly labels: Labels }
  >();
  #changedNodes: readonly NodeInfo[] | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The snapshot of a world. With `previous`, everything whose objects are still the same is
   * taken from it: a keystroke in a pod or in a node touches at most one node.
   */
  static of(cluster: ClusterSnapshot, previous?: SchedulingSnapshot): SchedulingSnapshot {
    const nodes = cluster.list('Node');
    const before = previous ? previous.#parts : undefined;
    const table =
      before && sameList(before.table.nodes, nodes)
        ? before.table
        : new NodeTable(nodes, before?.table);
    if (before && before.table.indexByName === table.indexByName) {
      return new SchedulingSnapshot(followed(withTable(before, table), cluster));
    }
    const pods = cluster.list('Pod');
    const factory = before?.factory ?? new PodInfoFactory();
    const podsByNode: PodInfo[][] = nodes.map(() => []);
    for (const pod of pods) {
      const index = placeOf(pod, table);
      if (index !== undefined) podsByNode[index]?.push(factory.infoOf(pod));
    }
    const infos = table.facts.map((it) => new NodeInfo(it, podsByNode[it.index] ?? []));
    podColumns(infos);
    return new SchedulingSnapshot({
      cluster,
      table,
      factory,
      nodes: infos,
      declared: infos,
      origin: infos,
      nominated: nominatedPods(pods, factory),
      assumedClaims: new Map(),
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

  /** Whether the nodes, their pods and promised pods are those of another snapshot. */
  seesTheSameNodes(other: SchedulingSnapshot): boolean {
    const { nodes, nominated } = this.#parts;
    const those = other.#parts;
    return (
      nodes === those.nodes &&
      nominated.length === those.nominated.length &&
      nominated.every(([name, pod], i) => {
        const [otherName, otherPod] = those.nominated[i] ?? [];
        return name === otherName && pod === otherPod;
      })
    );
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
    const { nominated, table } = this.#parts;
    if (nominated.length === 0) return NONE;
    return nominated
      .filter(([name]) => table.indexByName.get(name) === index)
      .map(([, pod]) => pod);
  }

  /** By node index, how many of its pods match. */
  countPods(match: ClassMatch, pods: CountedPods): Int32Array {
    const counts = podColumns(this.#parts.origin).count(match, pods);
    for (const { index, classIds, liveClassIds } of this.#changed()) {
      counts[index] = match.count(pods === 'all' ? classIds : liveClassIds);
    }
    return counts;
  }

  /** The nodes with pods that have affinity terms of any kind. */
  get nodesWithAffinity(): readonly NodeInfo[] {
    return this.#select(
      podColumns(this.#parts.origin).withAffinity,
      (it) => it.podsWithAffinity.length > 0,
    );
  }

  /** The nodes with pods that have required anti-affinity terms. */
  get nodesWithRequiredAntiAffinity(): readonly NodeInfo[] {
    return this.#select(
      podColumns(this.#parts.origin).withRequiredAntiAffinity,
      (it) => it.podsWithRequiredAntiAffinity.length > 0,
    );
  }

  /** The labels of a namespace; its name is one of them even where it is not declared. */
  namespaceLabels(namespace: string): Labels {
    // Asked each time, so that whoever depends on the answer is known to.
    const declared = this.cluster.get('Namespace', '', namespace)?.metadata.labels;
    const known = this.#namespaces.get(namespace);
    if (known && known.declared === declared) return known.labels;
    const labels = { ...declared, 'kubernetes.io/metadata.name': namespace };
    this.#namespaces.set(namespace, { declared, labels });
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
    return new SchedulingSnapshot({
      ...this.#parts,
      table,
      nodes,
      declared: nodes,
      origin: nodes,
    });
  }

  /** The nodes that are not those the columns were made of. */
  #changed(): readonly NodeInfo[] {
    const { nodes, origin } = this.#parts;
    return (this.#changedNodes ??= nodes.filter((it, i) => it !== origin[i]));
  }

  /** The nodes of a column's list that pass, and those changed since that do. */
  #select(indexes: readonly number[], passes: (it: NodeInfo) => boolean): readonly NodeInfo[] {
    const { nodes, origin } = this.#parts;
    const found = this.#changed().filter(passes);
    for (const index of indexes) {
      const node = nodes[index];
      if (node && node === origin[index]) found.push(node);
    }
    return found;
  }

  #replace(node: NodeInfo): Parts {
    const nodes = this.nodes.slice();
    nodes[node.index] = node;
    return { ...this.#parts, nodes };
  }
}

/** The index of the node a pod takes part of; undefined for one that is unbound or finished. */
function placeOf(pod: Pod, { indexByName }: NodeTable): number | undefined {
  const { nodeName } = (pod.spec as Pod['spec'] | undefined) ?? {};
  if (!nodeName) return undefined;
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : indexByName.get(nodeName);
}

function nominatedPods(pods: readonly Pod[], factory: PodInfoFactory): readonly Nominated[] {
  const found: Nominated[] = [];
  for (const pod of pods) {
    const name = pod.status?.nominatedNodeName;
    if (name && pod.spec && !pod.spec.nodeName) found.push([name, factory.infoOf(pod)]);
  }
  return found;
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((it, i) => it === b[i]));
}

/** The same pods on nodes of the same names: only nodes that changed are made anew. */
function withTable(before: Parts, table: NodeTable): Parts {
  if (table === before.table) return before;
  const declared = before.declared.map((it) => {
    const facts = table.facts[it.index];
    return facts === undefined || facts === it.facts ? it : new NodeInfo(facts, it.pods);
  });
  return { ...before, table, declared };
}

/** The same nodes with the pods of another world: only nodes whose pods differ are made anew. */
function followed(before: Parts, cluster: ClusterSnapshot): Parts {
  const { table, factory } = before;
  const { gone, fresh } = changedPods(before.cluster, cluster);
  /** By node index, the pods it gets. */
  const touched = new Map<number, PodInfo[]>();
  for (const pod of gone) {
    const index = placeOf(pod, table);
    if (index !== undefined) touched.set(index, []);
  }
  for (const pod of fresh) {
    const index = placeOf(pod, table);
    if (index === undefined) continue;
    const more = touched.get(index);
    if (more) more.push(factory.infoOf(pod));
    else touched.set(index, [factory.infoOf(pod)]);
  }
  // Where no node is touched the list itself stays the same.
  const nodes = touched.size === 0 ? before.declared : before.declared.slice();
  for (const [index, more] of touched) {
    const node = nodes[index];
    if (!node) continue;
    const kept = node.pods.filter((it) => !gone.has(it.pod));
    (nodes as NodeInfo[])[index] = new NodeInfo(node.facts, kept.concat(more));
  }
  // Columns that many nodes have left behind are made anew.
  const left = nodes.filter((it, i) => it !== before.origin[i]).length;
  const origin = left > nodes.length / 4 ? nodes : before.origin;
  const nominated = before.nominated.filter(([, it]) => !gone.has(it.pod));
  return {
    cluster,
    table,
    factory,
    nodes,
    declared: nodes,
    origin,
    nominated: [...nominated, ...nominatedPods([...fresh], factory)],
    assumedClaims: new Map(),
  };
}

/** The pods that are in one world only. */
function changedPods(before: ClusterSnapshot, now: ClusterSnapshot) {
  const change = now.since(before, 'Pod');
  const gone = new Set(change.gone);
  const fresh = new Set<Pod>();
  for (const it of change.fresh) if (!gone.delete(it)) fresh.add(it);
  return { gone, fresh };
}
