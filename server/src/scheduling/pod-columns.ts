/**
 * Where the pods of each class are, over a list of nodes: counting the pods of a selector then asks
 * each class once and visits only the nodes of those that match.
 */
import type { NodeInfo } from '../cluster/index.ts';
import type { ClassMatch } from './class-match.ts';

/** Which pods of a node count. */
export type CountedPods = 'all' | 'live';

interface Column {
  /** By class id, where its pods begin in `nodes`; one more at the end. */
  readonly offsets: Int32Array;
  /** The node index of each pod, class after class. */
  readonly nodes: Int32Array;
}

export class PodColumns {
  readonly #columns: Readonly<Record<CountedPods, Column>>;
  readonly #nodeCount: number;
  /** The indexes of nodes with pods that have affinity terms, and required anti-affinity terms. */
  readonly withAffinity: readonly number[];
  readonly withRequiredAntiAffinity: readonly number[];

  constructor(nodes: readonly NodeInfo[]) {
    const all = columnOf(nodes.map((it) => it.classIds));
    const someLeave = nodes.some((it) => it.liveClassIds !== it.classIds);
    this.#columns = { all, live: someLeave ? columnOf(nodes.map((it) => it.liveClassIds)) : all };
    this.#nodeCount = nodes.length;
    const indexes = (has: (it: NodeInfo) => boolean): readonly number[] =>
      nodes.filter(has).map((it) => it.index);
    this.withAffinity = indexes((it) => it.podsWithAffinity.length > 0);
    this.withRequiredAntiAffinity = indexes((it) => it.podsWithRequiredAntiAffinity.length > 0);
  }

  /** By node index, how many of its pods match. */
  count(match: ClassMatch, pods: CountedPods): Int32Array {
    const { offsets, nodes } = this.#columns[pods];
    const counts = new Int32Array(this.#nodeCount);
    for (let id = 0; id + 1 < offsets.length; id++) {
      const end = offsets[id + 1] ?? 0;
      let at = offsets[id] ?? 0;
      if (at === end || !match.matches(id)) continue;
      for (; at < end; at++) {
        const node = nodes[at] ?? 0;
        counts[node] = (counts[node] ?? 0) + 1;
      }
    }
    return counts;
  }
}

const COLUMNS = new WeakMap<readonly NodeInfo[], PodColumns>();

/** The columns of a list of nodes; made once a list. */
export function podColumns(nodes: readonly NodeInfo[]): PodColumns {
  let columns = COLUMNS.get(nodes);
  if (!columns) COLUMNS.set(nodes, (columns = new PodColumns(nodes)));
  return columns;
}

/** Sorts the pods of all nodes by class: counts each class, then puts each pod in its place. */
function columnOf(byNode: readonly (readonly number[])[]): Column {
  let classes = 0;
  for (const ids of byNode) for (const id of ids) if (id >= classes) classes = id + 1;
  const offsets = new Int32Array(classes + 1);
  for (const ids of byNode) for (const id of ids) offsets[id + 1] = (offsets[id + 1] ?? 0) + 1;
  for (let id = 0; id < classes; id++) {
    offsets[id + 1] = (offsets[id + 1] ?? 0) + (offsets[id] ?? 0);
  }
  const nodes = new Int32Array(offsets[classes] ?? 0);
  const next = offsets.slice();
  byNode.forEach((ids, node) => {
    for (const id of ids) {
      const at = next[id] ?? 0;
      nodes[at] = node;
      next[id] = at + 1;
    }
  });
  return { offsets, nodes };
}
