/**
 * What happens to the nodes of a workload over time, and to its pods with them: nodes that are
 * drained, nodes that are lost, pods that break. The workload's own controller answers.
 */
import type { Pod, PodDisruptionBudget } from '../manifest/index.ts';
import { AttachDetachController } from './attach-detach.ts';
import { startDrain, type Drain } from './node-drain.ts';
import { loseNode, type NodeLoss } from './node-loss.ts';
import type { RolloutPod, RolloutWorkload } from './rollout-model.ts';
import { RolloutRun } from './rollout-run.ts';
import { startController } from './rollout-start.ts';

/** Pods that stop being Ready and, where it is said, are Ready again. */
export interface Breakdown {
  readonly do: 'break';
  readonly at: number;
  /** How many; the first by name. */
  readonly pods: number;
  readonly recoversAt?: number;
}

/** What is done to the nodes and pods. Times are seconds from the beginning of the story. */
export type NodeEvent = Drain | NodeLoss | Breakdown;

/** A workload, the world around it, and what happens to it. */
export interface DisruptionStory {
  readonly workload: RolloutWorkload;
  /** A pod of it as it was admitted: its tolerations. */
  readonly pod: Pod;
  readonly budgets: readonly PodDisruptionBudget[];
  /** Seconds from binding to Ready. */
  readonly readyAfter: number;
  /** Seconds from deletion to the object's removal by a kubelet that is heard of. */
  readonly exitAfter: number;
  /** Claims that one node has at a time, which this pod mounts. */
  readonly disksOf?: (pod: RolloutPod) => readonly string[];
  /** The node for a pod besides all that are there; `closed` ones take no new pods. */
  readonly place: (
    pod: RolloutPod,
    besides: readonly RolloutPod[],
    closed: ReadonlySet<string>,
  ) => string | undefined;
  /** What happens, told the nodes that the pods are on. */
  readonly events: (nodes: readonly string[]) => readonly NodeEvent[];
  /** Until when it is watched, in seconds. */
  readonly until: number;
}

/** One thing that happened, and how many pods there were then. */
export interface DisruptionEntry {
  readonly t: number;
  readonly source: string;
  readonly what: string;
  /** The pod, the node or the claim. */
  readonly container?: string;
  readonly detail: { readonly ready: number; readonly total: number; readonly note?: string };
}

/** What the actors of a story share. */
export interface DisruptionScene {
  readonly story: DisruptionStory;
  readonly run: RolloutRun;
  /** Nodes that take no new pods: cordoned, or tainted. */
  readonly closed: Set<string>;
  readonly disks: AttachDetachController;
  readonly tell: (source: string, what: string, whose?: string, note?: string) => void;
}

/** A controller's usual answer, in seconds. */
const LATENCY_SECONDS = 0.01;

/** Plays the story. */
export function simulateDisruption(story: DisruptionStory): readonly DisruptionEntry[] {
  const closed = new Set<string>();
  const place = (pod: RolloutPod, besides: readonly RolloutPod[]) =>
    story.place(pod, besides, closed);
  const { readyAfter, exitAfter } = story;
  const pace = { latencySeconds: LATENCY_SECONDS, phase: 0 };
  const run = new RolloutRun({ readyAfter, exitAfter }, { place }, pace);
  const entries: DisruptionEntry[] = [];
  const scene: DisruptionScene = {
    story,
    run,
    closed,
    disks: new AttachDetachController(run, story.disksOf ?? (() => []), (what, whose, note) =>
      scene.tell('volume', what, whose, note),
    ),
    tell: (source, what, container, note) => {
      const { ready, total } = run.counts;
      const detail = note === undefined ? { ready, total } : { ready, total, note };
      entries.push({ t: run.now, source, what, ...(container ? { container } : {}), detail });
    },
  };
  startController(run, story.workload, { kind: 'evict', budgets: story.budgets });
  scene.disks.start();
  const nodes = [...new Set(run.pods.flatMap((it) => it.node ?? []))].toSorted();
  for (const event of story.events(nodes)) begin(scene, event);
  run.finish(story.until);
  const steps = run.steps.map(({ t, what, pod, ready, total }) => ({
    t,
    source: 'pod',
    what,
    container: pod.name,
    detail: { ready, total },
  }));
  // Who asked for a change is told before the change.
  return [...entries, ...steps].toSorted((a, b) => a.t - b.t);
}

function begin(scene: DisruptionScene, event: NodeEvent): void {
  switch (event.do) {
    case 'drain':
      return startDrain(scene, event);
    case 'lose':
      return loseNode(scene, event);
    case 'break':
      return breakPods(scene, event);
  }
}

function breakPods({ run, tell }: DisruptionScene, { at, pods, recoversAt }: Breakdown): void {
  run.at(at, () => {
    const broken = run.pods.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, pods);
    for (const it of broken) {
      run.fail(it);
      tell('pod', 'unready', it.name);
    }
    if (recoversAt !== undefined) run.at(recoversAt, () => broken.forEach((it) => run.recover(it)));
  });
}

/** The longest time in which no pod was Ready, in seconds; what lasts at the end counts up to it. */
export function longestOutage(entries: readonly DisruptionEntry[], until: number): number {
  let longest = 0;
  let since: number | undefined;
  for (const { t, detail } of entries) {
    if (detail.ready === 0) since ??= t;
    else {
      if (since !== undefined) longest = Math.max(longest, t - since);
      since = undefined;
    }
  }
  return since === undefined ? longest : Math.max(longest, until - since);
}
