/**
 * The preFilter and filter points of one cycle: asked of every node, and again by preemption.
 * Follows pkg/scheduler/framework/runtime/framework.go (RunPreFilterPlugins,
 * RunFilterPluginsWithNominatedPods).
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import { SUCCESS, Refusal, type DryRun, type SchedulerPlugin } from './framework.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** A plugin that has something to say about the pod, with its state. */
interface ActivePlugin {
  readonly plugin: SchedulerPlugin;
  readonly state: unknown;
}

/** A refusal and the plugin that gave it. */
export interface PluginRefusal {
  readonly plugin: string;
  readonly refusal: Refusal;
}

/** What the preFilters made of a pod. */
export interface PreFilterResult {
  readonly filters: Filters;
  /** The plugin that refused the pod on all nodes; the ones behind it were not asked. */
  readonly refused?: PluginRefusal;
  /** Only these nodes are looked at; all where missing. */
  readonly nodeNames?: ReadonlySet<string>;
  /** Plugins that named nodes, sorted. */
  readonly narrowedBy: readonly string[];
  /** The plugins that were asked: what they said against the pod, empty for nothing to check. */
  readonly asked: ReadonlyMap<string, Refusal | 'success' | ''>;
}

/** Asks the preFilters. With `all`, the plugins behind one that refuses are asked as well. */
export function runPreFilters(
  pod: PodInfo,
  snapshot: SchedulingSnapshot,
  all = false,
): PreFilterResult {
  const active: ActivePlugin[] = [];
  const narrowedBy: string[] = [];
  const asked = new Map<string, Refusal | 'success' | ''>();
  let refused: PluginRefusal | undefined;
  let nodeNames: ReadonlySet<string> | undefined;
  for (const { plugin } of DEFAULT_PLUGINS) {
    const outcome = plugin.preFilter?.(pod, snapshot);
    if (outcome === undefined) {
      if (plugin.filter) active.push({ plugin, state: undefined });
      continue;
    }
    asked.set(
      plugin.name,
      outcome instanceof Refusal ? outcome : 'skip' in outcome ? '' : 'success',
    );
    if (outcome instanceof Refusal) {
      refused ??= { plugin: plugin.name, refusal: outcome };
      if (!all) break;
      continue;
    }
    if ('skip' in outcome) continue;
    active.push({ plugin, state: outcome.state });
    if (!outcome.nodeNames) continue;
    narrowedBy.push(plugin.name);
    const names = outcome.nodeNames;
    const before: ReadonlySet<string> = nodeNames ?? names;
    nodeNames = new Set([...before].filter((it) => names.has(it)));
  }
  narrowedBy.sort();
  const filters = new Filters(pod, snapshot, active);
  return { filters, refused, nodeNames, narrowedBy, asked };
}

/** The filters that take part in a cycle. */
export class Filters implements DryRun {
  readonly #pod: PodInfo;
  readonly #snapshot: SchedulingSnapshot;
  readonly #active: readonly ActivePlugin[];
  readonly #filtering: readonly ActivePlugin[];

  constructor(pod: PodInfo, snapshot: SchedulingSnapshot, active: readonly ActivePlugin[]) {
    this.#pod = pod;
    this.#snapshot = snapshot;
    this.#active = active;
    this.#filtering = active.filter((it) => it.plugin.filter);
  }

  /** The first refusal of a node, also with the pods that were promised it. */
  first(node: NodeInfo): PluginRefusal | undefined {
    const nominated = this.#nominated(node);
    if (nominated.length === 0) return this.#firstOf(node);
    let crowded = node;
    for (const it of nominated) crowded = this.addPod(crowded, it);
    const refusal = this.#firstOf(crowded);
    for (const it of nominated) crowded = this.removePod(crowded, it);
    return refusal ?? this.#firstOf(node);
  }

  filter(node: NodeInfo): Refusal | undefined {
    return this.first(node)?.refusal;
  }

  /** Every refusal of a node, the first first. */
  every(node: NodeInfo): readonly PluginRefusal[] {
    const found: PluginRefusal[] = [];
    for (const { plugin, state } of this.#filtering) {
      const refusal = plugin.filter?.(this.#pod, node, state);
      if (refusal) found.push({ plugin: plugin.name, refusal });
    }
    return found;
  }

  /** The names of the plugins that are asked, in their order. */
  get names(): readonly string[] {
    return this.#filtering.map((it) => it.plugin.name);
  }

  addPod(node: NodeInfo, other: PodInfo): NodeInfo {
    this.#update(node, other, 1);
    return node.withPod(other);
  }

  removePod(node: NodeInfo, other: PodInfo): NodeInfo {
    this.#update(node, other, -1);
    return node.withoutPod(other);
  }

  #update(node: NodeInfo, other: PodInfo, delta: 1 | -1): void {
    for (const { plugin, state } of this.#active) {
      plugin.updateWithPod?.(state, other, node, delta);
    }
  }

  #firstOf(node: NodeInfo): PluginRefusal | undefined {
    const filtering = this.#filtering;
    for (let i = 0; i < filtering.length; i++) {
      const it = filtering[i];
      const refusal = it?.plugin.filter?.(this.#pod, node, it.state);
      if (it && refusal) return { plugin: it.plugin.name, refusal };
    }
    return SUCCESS;
  }

  #nominated(node: NodeInfo): readonly PodInfo[] {
    const nominated = this.#snapshot.nominatedTo(node.index);
    if (nominated.length === 0) return nominated;
    const { name, namespace, priority } = this.#pod;
    return nominated.filter(
      (it) => it.priority >= priority && (it.name !== name || it.namespace !== namespace),
    );
  }
}
