/**
 * What ends the pods of a node because of the node itself: it shuts down, it runs short of memory,
 * it is switched off.
 * After pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (killPods) and
 * pkg/kubelet/eviction/eviction_manager.go (synchronize). Left out: what systemd does once the
 * kubelet lets it, unmounting between groups, and how pods use memory: of those that may go, the
 * least important goes first.
 */
import type { Process } from './clock.ts';
import { graceOfSpec } from './kill-container.ts';
import type { NodeLife, PodLife } from './pod-life.ts';
import type { NodeAction, Pressure, Shutdown } from './scenario.ts';

/** How often the eviction manager looks, in seconds. */
const EVICTION_LOOP_SECONDS = 10;
/** What a hard threshold leaves a pod, in seconds. */
const IMMEDIATE_SECONDS = 1;
/** From this priority on a pod is critical: it is not evicted. */
const CRITICAL_PRIORITY = 2_000_000_000;
/** How finely the end of pods is looked for, in seconds. */
const POLL_SECONDS = 0.02;

/** Begins what a node does to its pods; a node that is switched off does nothing any more. */
export function beginNodeAction(node: NodeLife, action: NodeAction, stop: () => void): void {
  switch (action.do) {
    case 'shutdown':
      return node.clock.spawn(shutDown(node, action));
    case 'pressure':
      return node.clock.spawn(evictUnderPressure(node, action));
    case 'power-off':
      node.trace('power-off');
      return stop();
  }
}

/** Groups from the lowest priority up, each with its own time. */
function* shutDown(node: NodeLife, { groups }: Shutdown): Process {
  const { clock } = node;
  node.shuttingDown = true;
  node.trace('shutdown');
  const sorted = groups.toSorted((a, b) => a.priority - b.priority);
  for (const group of sorted) {
    const pods = activePods(node).filter((it) => groupOf(it, sorted) === group);
    if (pods.length === 0) continue;
    const message = 'Pod was terminated in response to imminent node shutdown.';
    for (const it of pods) {
      const grace = Math.min(graceOfSpec(it.pod()), group.seconds);
      it.worker.kill({ reason: 'Terminated', message }, grace);
    }
    const end = clock.now + group.seconds;
    while (clock.now < end && pods.some((it) => !it.worker.stopped)) {
      yield Math.min(POLL_SECONDS, end - clock.now);
    }
  }
  node.trace('released');
}

/** The group of the highest priority that is not above the pod's; the lowest takes the rest. */
function groupOf(
  life: PodLife,
  sorted: Shutdown['groups'],
): Shutdown['groups'][number] | undefined {
  return sorted.findLast((it) => it.priority <= priorityOf(life)) ?? sorted[0];
}

/** Usage passes a threshold now and stays there: one pod after the other goes. */
function* evictUnderPressure(node: NodeLife, { soft }: Pressure): Process {
  const { clock } = node;
  node.trace('threshold');
  yield EVICTION_LOOP_SECONDS - (clock.now % EVICTION_LOOP_SECONDS);
  const observed = clock.now;
  for (;;) {
    const isMet = clock.now - observed >= (soft?.gracePeriodSeconds ?? 0);
    const [pod] = isMet ? evictable(node) : [];
    if (pod) {
      node.trace('evict', pod.name);
      const asked = soft && Math.min(soft.maxPodGracePeriodSeconds, graceOfSpec(pod.pod()));
      const message = 'The node was low on resource: memory. ';
      pod.worker.kill({ reason: 'Evicted', message }, asked ?? IMMEDIATE_SECONDS);
      while (!pod.worker.stopped) yield POLL_SECONDS;
    } else {
      if (isMet) return;
      yield EVICTION_LOOP_SECONDS;
    }
  }
}

function evictable(node: NodeLife): readonly PodLife[] {
  return activePods(node)
    .filter((it) => priorityOf(it) < CRITICAL_PRIORITY)
    .toSorted((a, b) => priorityOf(a) - priorityOf(b));
}

function activePods(node: NodeLife): readonly PodLife[] {
  return node.pods.filter(
    (it) => it.object.exists && it.status.current !== undefined && !it.worker.stopped,
  );
}

function priorityOf(life: PodLife): number {
  return life.pod().spec.priority ?? 0;
}
