/** The order pods are tried in: PrioritySort, and the order they were declared in among equals. */
import type { Pod } from '../manifest/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** The pods in the order the scheduler takes them off its queue. */
export function inQueueOrder(pods: readonly Pod[], snapshot: SchedulingSnapshot): readonly Pod[] {
  const compare = DEFAULT_PLUGINS.find((it) => it.plugin.compare)?.plugin.compare;
  if (!compare) return pods;
  return pods.toSorted((a, b) => compare(snapshot.podInfo(a), snapshot.podInfo(b)));
}
