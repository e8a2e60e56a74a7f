/**
 * `kubectl drain`, or whoever does the same: the node takes no new pods, each pod on it is asked to
 * go at the same time, and what a budget refuses is asked again. Two who drain know nothing of each
 * other.
 * After staging/src/k8s.io/kubectl/pkg/drain/drain.go (evictPods). Left out: the filters (drain.ts
 * has them), and the flag --timeout.
 */
import { askToEvict } from './rollout-evictions.ts';
import type { RolloutPod } from './rollout-model.ts';
import type { DisruptionScene } from './node-disruption.ts';

/** One node, drained by one actor. */
export interface Drain {
  readonly do: 'drain';
  readonly node: string;
  /** Seconds. */
  readonly at: number;
}

/** EvictErrorRetryDelay, in seconds. */
const RETRY_SECONDS = 5;

export function startDrain(scene: DisruptionScene, { node, at }: Drain): void {
  const { run, closed, tell } = scene;
  run.at(at, () => {
    closed.add(node);
    tell('drain', 'cordon', node);
    for (const pod of run.pods.filter((it) => it.node === node)) evict(scene, pod);
  });
}

/** Asks until the pod may go or is gone. */
function evict(scene: DisruptionScene, pod: RolloutPod): void {
  const { run, story, tell } = scene;
  const now = run.pods.find((it) => it.id === pod.id);
  if (!now || now.deletedAt !== undefined) return;
  const { code } = askToEvict(run, story.workload, story.budgets, now);
  tell('api', 'eviction', pod.name, `${code}`);
  if (code === 201) run.delete(now);
  else run.at(run.now + RETRY_SECONDS, () => evict(scene, pod));
}
