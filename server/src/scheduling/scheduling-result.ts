/** What a cycle found: which nodes, why not the others, and why this one. */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import type { Explanation } from '../explanation/index.ts';
import type { Pod } from '../manifest/index.ts';
import type { PluginRefusal } from './filters.ts';
import type { StatusCode } from './framework.ts';
import type { Scores } from './scores.ts';

/** What one node answered. */
export interface NodeVerdict {
  readonly nodeName: string;
  readonly feasible: boolean;
  /** The plugin that refused first; missing where a preFilter left the node out. */
  readonly plugin?: string;
  readonly code?: StatusCode;
  /** Upstream's words. */
  readonly reasons?: readonly string[];
  readonly because?: Explanation;
  /** By plugin, normalised and weighed; missing where only one node was feasible. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly total?: number;
}

/** A refusal of the pod as such, before nodes were looked at or instead of comparing them. */
export interface PodRefusal {
  readonly plugin: string;
  readonly message: string;
  readonly because: Explanation;
}

interface Parts {
  readonly pod: PodInfo;
  readonly nodes: readonly NodeInfo[];
  /** By node index; undefined for a feasible node. */
  readonly refusals?: readonly (PluginRefusal | undefined)[];
  readonly feasible?: readonly NodeInfo[];
  readonly scores?: Scores;
  /** The node preemption cleared for the pod earlier, where the pod fits there now. */
  readonly promised?: string;
  readonly gated?: PodRefusal;
  readonly preFilter?: PodRefusal;
  readonly message?: string;
  readonly nominatedNodeName?: string;
  readonly victims?: readonly PodInfo[];
  readonly pdbViolations?: number;
}

export class SchedulingResult {
  readonly #parts: Parts;
  #perNode: readonly NodeVerdict[] | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get pod(): Pod {
    return this.#parts.pod.pod;
  }

  /** Why the pod is not tried at all. */
  get gated(): PodRefusal | undefined {
    return this.#parts.gated;
  }

  /** Why no node was looked at, or none was chosen of those that fit. */
  get preFilter(): PodRefusal | undefined {
    return this.#parts.preFilter;
  }

  /** The names of the nodes the pod fits on, in the order they were declared. */
  get feasible(): readonly string[] {
    return (this.#parts.feasible ?? []).map((it) => it.name);
  }

  /**
   * The node with the highest score. Of several the first by name: the real scheduler picks one of
   * them at random, so `tied` says which it might be. A node that preemption cleared for the pod is
   * taken before any other is looked at.
   */
  get nodeName(): string | undefined {
    return this.tied[0];
  }

  /** All nodes with the highest score, by name. */
  get tied(): readonly string[] {
    const { feasible = [], scores, promised } = this.#parts;
    if (promised !== undefined) return [promised];
    if (!scores) return feasible.map((it) => it.name);
    let highest = Number.NEGATIVE_INFINITY;
    for (const it of scores.totals) if (it > highest) highest = it;
    return feasible
      .filter((_, i) => scores.totals[i] === highest)
      .map((it) => it.name)
      .sort();
  }

  /** Whether preemption cleared the node for the pod earlier, so that scores decide nothing. */
  get wasPromised(): boolean {
    return this.#parts.promised !== undefined;
  }

  /**
   * What the pod's condition PodScheduled says; undefined where a node was found. The event
   * FailedScheduling says the same, cut to 1,024 bytes.
   */
  get message(): string | undefined {
    return this.#parts.message;
  }

  /** The node preemption would clear for the pod. */
  get nominatedNodeName(): string | undefined {
    return this.#parts.nominatedNodeName;
  }

  /** The pods that would go from it, the most important first. */
  get victims(): readonly Pod[] {
    return (this.#parts.victims ?? []).map((it) => it.pod);
  }

  /** How many of the victims a PodDisruptionBudget would have kept. */
  get pdbViolations(): number {
    return this.#parts.pdbViolations ?? 0;
  }

  /** How many nodes there are. */
  get nodeCount(): number {
    return this.#parts.nodes.length;
  }

  /** What every node answered, in the order they were declared; made when asked for. */
  get perNode(): readonly NodeVerdict[] {
    return (this.#perNode ??= this.#verdicts());
  }

  /** What one node answered. */
  verdict(nodeName: string): NodeVerdict | undefined {
    return this.perNode.find((it) => it.nodeName === nodeName);
  }

  /** How often each plugin was the first to refuse. */
  get refusedBy(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const it of this.#parts.refusals ?? []) {
      if (it) counts.set(it.plugin, (counts.get(it.plugin) ?? 0) + 1);
    }
    return counts;
  }

  #verdicts(): readonly NodeVerdict[] {
    const { nodes, refusals = [], feasible = [], scores } = this.#parts;
    if (this.gated) return [];
    const places = new Map(feasible.map((it, i) => [it.index, i]));
    return nodes.map(({ name, index }) => {
      const place = places.get(index);
      if (place === undefined) return refused(name, refusals[index]);
      if (!scores) return { nodeName: name, feasible: true };
      return {
        nodeName: name,
        feasible: true,
        scores: Object.fromEntries(
          scores.plugins.map((it) => [it.plugin, it.weighted[place] ?? 0]),
        ),
        total: scores.totals[place] ?? 0,
      };
    });
  }
}

function refused(nodeName: string, it: PluginRefusal | undefined): NodeVerdict {
  if (!it) return { nodeName, feasible: false };
  const { plugin, refusal } = it;
  return {
    nodeName,
    feasible: false,
    ...(plugin ? { plugin } : {}),
    code: refusal.code,
    reasons: refusal.reasons,
    get because() {
      return refusal.because;
    },
  };
}
