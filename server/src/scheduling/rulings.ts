/** Which nodes each plugin alone rules in and out: what a hover on a field of the pod tells. */
import type { Pod } from '../manifest/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import { Refusal } from './framework.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** One plugin's word on every node. */
export interface Ruling {
  readonly plugin: string;
  /** The names of the nodes it lets pass. */
  readonly admits: readonly string[];
  readonly refuses: readonly { readonly nodeName: string; readonly refusal: Refusal }[];
}

/**
 * The rulings of all plugins that have something to say about the pod, each as if it were the only
 * one; of those named where names are given.
 */
export function rulings(
  pod: Pod,
  snapshot: SchedulingSnapshot,
  names?: readonly string[],
): readonly Ruling[] {
  const info = snapshot.podInfo(pod);
  const found: Ruling[] = [];
  for (const { plugin } of DEFAULT_PLUGINS) {
    if (!plugin.filter || (names && !names.includes(plugin.name))) continue;
    const outcome = plugin.preFilter?.(info, snapshot) ?? { state: undefined };
    if ('skip' in outcome) continue;
    const admits: string[] = [];
    const refuses: { nodeName: string; refusal: Refusal }[] = [];
    for (const node of snapshot.nodes) {
      const refusal =
        outcome instanceof Refusal ? outcome : plugin.filter(info, node, outcome.state);
      if (refusal) refuses.push({ nodeName: node.name, refusal });
      else admits.push(node.name);
    }
    found.push({ plugin: plugin.name, admits, refuses });
  }
  return found;
}
