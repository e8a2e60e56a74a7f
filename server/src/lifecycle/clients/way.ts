/** How a client comes to a pod: what all ways answer. */
import type { NetworkPod } from './network.ts';

/** A pod for the next connection, or what becomes of one that finds none. */
export interface Choice {
  readonly pod?: NetworkPod;
  readonly otherwise?: 'refused' | 'dropped' | 'unresolved' | 'unavailable';
}

/** One client's way: it may remember what it chose before. */
export interface Way {
  choose(now: number): Choice;
}

/** Which of several pods is taken; undefined for none. */
export type Chance = (pods: readonly NetworkPod[]) => NetworkPod | undefined;

/** Chance takes a pod of these names wherever it may, the others in turn. */
export function chanceOf(prefers?: string): Chance {
  let turn = 0;
  return (pods) => pods.find((it) => it.name === prefers) ?? pods[turn++ % pods.length];
}
