/**
 * Decides when activeDeadlineSeconds is over: counted from the start time, which the API cuts to
 * the second, so up to one second early.
 * After pkg/kubelet/active_deadline.go.
 */
import type { PodLife } from './pod-life.ts';

/** A moment as the API keeps it: without the fraction of the wall clock's second. */
export function truncatedToSecond(life: PodLife, time: number): number {
  const { wallPhase } = life.node.timing;
  return Math.floor(time + wallPhase) - wallPhase;
}

export function pastDeadline(life: PodLife): boolean {
  const deadline = life.pod().spec.activeDeadlineSeconds;
  const start = life.status.current?.startTime;
  if (typeof deadline !== 'number' || start === undefined) return false;
  return life.node.clock.now - start >= deadline;
}
