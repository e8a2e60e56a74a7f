/**
 * The order pods are tried in: PrioritySort, and the order they were declared in among equals. And
 * which of those that found no node are tried again once another pod has found one.
 * Follows pkg/scheduler/backend/queue/scheduling_queue.go (AssignedPodAdded). Left out: that pods
 * which preemption sends away make room for others, and the time a pod backs off.
 */
import type { Pod } from '../manifest/index.ts';
import { DEFAULT_PLUGINS } from './default-plugins.ts';
import type { SchedulingResult } from './scheduling-result.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** The pods in the order the scheduler takes them off its queue. */
export function inQueueOrder(pods: readonly Pod[], snapshot: SchedulingSnapshot): readonly Pod[] {
  const compare = DEFAULT_PLUGINS.find((it) => it.plugin.compare)?.plugin.compare;
  if (!compare) return pods;
  return pods.toSorted((a, b) => compare(snapshot.podInfo(a), snapshot.podInfo(b)));
}

/** Whether one of the pods that found a node since may let in a pod that found none. */
export function worthAnotherTry(
  { pod, refusedBy }: SchedulingResult,
  added: readonly Pod[],
  snapshot: SchedulingSnapshot,
): boolean {
  const info = snapshot.podInfo(pod);
  // Replicas are alike: one of each class is asked about.
  const classes = new Map(added.map((it) => snapshot.podInfo(it)).map((it) => [it.podClass, it]));
  return DEFAULT_PLUGINS.some(
    ({ plugin }) =>
      refusedBy.has(plugin.name) &&
      [...classes.values()].some((it) => plugin.helpedBy?.(info, it, snapshot) === true),
  );
}
