/**
 * Counts by topology domain for inter-pod affinity, and the sentences about them.
 * Follows topologyToMatchedTermCount in
 * pkg/scheduler/framework/plugins/interpodaffinity/filtering.go.
 */
import { termMatches, type AffinityTerm, type NodeInfo, type PodInfo } from '../cluster/index.ts';
import type { Explanation } from '../explanation/index.ts';
import { field, type Labels } from '../manifest/index.ts';
import { ClassMatch } from './class-match.ts';
import type { NodeTable, TopologyColumn } from './node-table.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

interface KeyCounts {
  readonly column: TopologyColumn;
  readonly counts: Float64Array;
}

/** Numbers by topology key and value. */
export class AffinityCounts {
  readonly #table: NodeTable;
  readonly #byKey = new Map<string, KeyCounts>();
  #total = 0;

  constructor(table: NodeTable) {
    this.#table = table;
  }

  /** Adds to the domain a node is in; nothing where it is in none. */
  add(key: string, index: number, amount: number): void {
    let it = this.#byKey.get(key);
    if (!it) {
      const column = this.#table.column(key);
      if ((column.ids[index] ?? -1) < 0) return;
      it = { column, counts: new Float64Array(column.values.length) };
      this.#byKey.set(key, it);
    }
    const id = it.column.ids[index] ?? -1;
    if (id < 0) return;
    it.counts[id] = (it.counts[id] ?? 0) + amount;
    this.#total += amount;
  }

  /** Adds a number for each node, times a weight. */
  addAll(key: string, counts: Int32Array, weight: number): void {
    for (let index = 0; index < counts.length; index++) {
      const count = counts[index] ?? 0;
      if (count > 0) this.add(key, index, weight * count);
    }
  }

  /** Whether a node is in a domain of the key at all. */
  hasLabel(key: string, index: number): boolean {
    return (this.#table.column(key).ids[index] ?? -1) >= 0;
  }

  /** The number of the domain a node is in. */
  at(key: string, index: number): number {
    const it = this.#byKey.get(key);
    return it?.counts[it.column.ids[index] ?? -1] ?? 0;
  }

  /** Whether any domain of a node has a number above zero. */
  anyAt(index: number): boolean {
    for (const { column, counts } of this.#byKey.values()) {
      if ((counts[column.ids[index] ?? -1] ?? 0) > 0) return true;
    }
    return false;
  }

  /** The sum over all domains of a node. */
  sumAt(index: number): number {
    let sum = 0;
    for (const { column, counts } of this.#byKey.values()) {
      sum += counts[column.ids[index] ?? -1] ?? 0;
    }
    return sum;
  }

  /** Whether nothing is counted anywhere; only for counts, which are never below zero. */
  get isEmpty(): boolean {
    return this.#total === 0;
  }

  /** Whether anything was ever added. */
  get hasKeys(): boolean {
    return this.#byKey.size > 0;
  }
}

/** Whether terms of other pods match one pod; each term is asked once. */
export class IncomingMatch {
  readonly #pod: PodInfo;
  readonly #namespaceLabels: Labels;
  readonly #known: (boolean | undefined)[] = [];

  constructor(pod: PodInfo, snapshot: SchedulingSnapshot) {
    this.#pod = pod;
    this.#namespaceLabels = snapshot.namespaceLabels(pod.namespace);
  }

  matches(term: AffinityTerm): boolean {
    return (this.#known[term.id] ??= termMatches(term, this.#pod.podClass, this.#namespaceLabels));
  }
}

/** Which classes of pods match every one of a pod's terms. */
export function matchAll(terms: readonly AffinityTerm[], snapshot: SchedulingSnapshot): ClassMatch {
  return new ClassMatch(
    snapshot.podClasses,
    (it) =>
      terms.length > 0 &&
      terms.every((term) => termMatches(term, it, snapshot.namespaceLabels(it.namespace))),
  );
}

/** Why no pod of the affinity is near a node. */
export function explainAffinity(
  { pod, requiredAffinity }: PodInfo,
  { name, index, facts }: NodeInfo,
  counts: AffinityCounts,
): Explanation {
  const place = field(pod).spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  const at = requiredAffinity.findIndex(
    (it) => !counts.hasLabel(it.topologyKey, index) || counts.at(it.topologyKey, index) <= 0,
  );
  const key = requiredAffinity[at]?.topologyKey ?? '';
  const value = facts.labels[key];
  return {
    message:
      value === undefined
        ? `${name} has no label ${key}, so no pod can be near it in that sense.`
        : `No pod that the required affinity asks for runs in ${key}=${value}.`,
    cites: [place[at] ?? place, field(facts.node).metadata.labels],
  };
}

/** Which pod near a node the incoming one must not be with. */
export function explainAntiAffinity(
  { pod, requiredAntiAffinity }: PodInfo,
  node: NodeInfo,
  term: AffinityTerm,
): Explanation {
  const place =
    field(pod).spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  const there = node.pods.find((it) => termMatches(term, it.podClass, undefined));
  const domain = `${term.topologyKey}=${node.facts.labels[term.topologyKey]}`;
  return {
    message: there
      ? `The pod ${there.name} in ${domain} matches the pod's required anti-affinity.`
      : `A pod in ${domain} matches the pod's required anti-affinity.`,
    cites: [
      place[requiredAntiAffinity.indexOf(term)] ?? place,
      ...(there ? [field(there.pod).metadata.labels] : []),
    ],
  };
}

/** Which pod near a node does not want the incoming one. */
export function explainExisting({ pod, podClass }: PodInfo, node: NodeInfo): Explanation {
  const there = node.podsWithRequiredAntiAffinity.find((it) =>
    it.requiredAntiAffinity.some((term) => termMatches(term, podClass, undefined)),
  );
  return {
    message: there
      ? `The pod ${there.name} on ${node.name} has required anti-affinity to this pod's labels.`
      : `A pod in one domain with ${node.name} has required anti-affinity to this pod's labels.`,
    cites: [
      field(pod).metadata.labels,
      ...(there ? [field(there.pod).spec.affinity.podAntiAffinity] : []),
    ],
  };
}
