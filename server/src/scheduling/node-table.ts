/**
 * The nodes of a world without their pods: what every snapshot with the same nodes shares.
 */
import { nodeFacts, type NodeFacts } from '../cluster/index.ts';
import type { Node } from '../manifest/index.ts';

/** The values of one node label over all nodes, numbered. */
export interface TopologyColumn {
  readonly key: string;
  /** By node index: the number of the node's value, -1 where it has no such label. */
  readonly ids: Int32Array;
  /** The values by number. */
  readonly values: readonly string[];
}

/** An image and the nodes that have it. */
export interface ImageOnNodes {
  /** In bytes, on the first of its nodes by name: the scheduler's cache keeps that one. */
  readonly size: number;
  /** By node index. */
  readonly nodes: ReadonlySet<number>;
}

export class NodeTable {
  readonly nodes: readonly Node[];
  readonly facts: readonly NodeFacts[];
  readonly indexByName: ReadonlyMap<string, number>;
  /** How many different lists of taints there are. */
  readonly taintSetCount: number;
  readonly #taintSets: ReadonlyMap<string, number>;
  readonly #columns = new Map<string, TopologyColumn>();
  #images: ReadonlyMap<string, ImageOnNodes> | undefined;

  /** The facts of nodes that stand where they stood `before` are taken from there. */
  constructor(nodes: readonly Node[], before?: NodeTable) {
    this.nodes = nodes;
    const taintSets = new Map(before ? before.#taintSets : []);
    this.facts = nodes.map((node, index) => {
      const known = before?.facts[index];
      return known?.node === node ? known : nodeFacts(node, index, taintSets);
    });
    this.indexByName =
      before && sameNames(before.nodes, nodes)
        ? before.indexByName
        : new Map(nodes.map((it, index) => [it.metadata.name, index]));
    this.#taintSets = taintSets;
    this.taintSetCount = taintSets.size;
  }

  /** The column of a label; worked out once. */
  column(key: string): TopologyColumn {
    const known = this.#columns.get(key);
    if (known) return known;
    const ids = new Int32Array(this.facts.length).fill(-1);
    const values: string[] = [];
    const numbers = new Map<string, number>();
    for (const { index, labels } of this.facts) {
      if (!Object.hasOwn(labels, key)) continue;
      const value = labels[key] ?? '';
      let id = numbers.get(value);
      if (id === undefined) {
        id = values.length;
        numbers.set(value, id);
        values.push(value);
      }
      ids[index] = id;
    }
    const column = { key, ids, values };
    this.#columns.set(key, column);
    return column;
  }

  /** The nodes that have an image, by the image's full name. */
  image(name: string): ImageOnNodes | undefined {
    this.#images ??= this.#indexImages();
    return this.#images.get(name);
  }

  #indexImages(): ReadonlyMap<string, ImageOnNodes> {
    const images = new Map<string, { size: number; nodes: Set<number> }>();
    for (const { index, node } of this.facts.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      for (const { names, sizeBytes } of node.status?.images ?? []) {
        for (const name of names ?? []) {
          let image = images.get(name);
          if (!image) images.set(name, (image = { size: sizeBytes ?? 0, nodes: new Set() }));
          image.nodes.add(index);
        }
      }
    }
    return images;
  }
}

function sameNames(a: readonly Node[], b: readonly Node[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((it, i) => it === b[i] || it.metadata.name === b[i]?.metadata.name);
}
