/**
 * A node that is not heard of: the node lifecycle controller misses its lease and taints it, the
 * taint eviction controller deletes the pods that tolerate it no longer, and nothing of them goes
 * until somebody says what has become of the node.
 * After pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/tainteviction/
 * taint_eviction.go and pkg/controller/podgc/gc_controller.go. Left out: several nodes of a zone at
 * once, for which tainting slows down or stops, and the queue of taints (one node is first in it).
 */
import type { Taint } from '../manifest/index.ts';
import { tolerates } from './node-match.ts';
import type { DisruptionScene } from './node-disruption.ts';

/** One node that is lost, and what ends that. */
export interface NodeLoss {
  readonly do: 'lose';
  readonly node: string;
  /** When its kubelet renews its lease for the last time, in seconds. */
  readonly at: number;
  /** How long after that the controller looks first: 0 to 5 seconds. */
  readonly seenAfter?: number;
  /** How it ends; it does not, where that is left out. */
  readonly end?: {
    readonly at: number;
    /** The kubelet is back, the pods are force deleted, or the node is tainted out-of-service. */
    readonly by: 'back' | 'force-delete' | 'out-of-service';
  };
}

/** --node-monitor-period and --node-monitor-grace-period, in seconds. */
const MONITOR_SECONDS = 5;
const MONITOR_GRACE_SECONDS = 50;
/** What a look takes: the next one is five seconds after its end. */
const LOOK_SECONDS = 0.001;
/** gcCheckPeriod of the pod garbage collector, in seconds. */
const POD_GC_SECONDS = 20;

const UNREACHABLE: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };

export function loseNode(scene: DisruptionScene, loss: NodeLoss): void {
  const { run, tell } = scene;
  const { node, at, seenAfter = 0, end } = loss;
  run.at(at, () => {
    run.silence(node);
    scene.disks.silence(node);
    tell('kubelet', 'lease', node, 'renewed for the last time');
    run.at(at + seenAfter, () => lookForLease(scene, loss, run.now));
  });
  if (end) run.at(end.at, () => endLoss(scene, node, end.by));
}

/** monitorNodeHealth: `probedAt` is when it saw the last lease. */
function lookForLease(scene: DisruptionScene, loss: NodeLoss, probedAt: number): void {
  const { run } = scene;
  const { node, end } = loss;
  if (end?.by === 'back' && run.now >= end.at) return;
  if (run.now > probedAt + MONITOR_GRACE_SECONDS) return taint(scene, node);
  run.at(run.now + MONITOR_SECONDS + LOOK_SECONDS, () => lookForLease(scene, loss, probedAt));
}

function taint(scene: DisruptionScene, node: string): void {
  const { run, closed, story, tell } = scene;
  closed.add(node);
  tell('node', 'taint', node, 'unreachable:NoExecute');
  const seconds = toleratedSeconds(story.pod.spec.tolerations ?? []);
  for (const pod of run.pods.filter((it) => it.node === node)) {
    run.fail(pod);
    tell('pod', 'unready', pod.name);
    if (!Number.isFinite(seconds)) continue;
    run.at(run.now + seconds, () => {
      const now = run.pods.find((it) => it.id === pod.id);
      // The eviction is called off where the taint is gone.
      if (!now || now.deletedAt !== undefined || !closed.has(node)) return;
      tell('taint-eviction', 'delete', pod.name);
      run.delete(now);
    });
  }
}

/** getMinTolerationTime: the smallest number of those that match; for ever where none has one. */
function toleratedSeconds(
  tolerations: NonNullable<DisruptionScene['story']['pod']['spec']['tolerations']>,
) {
  const matching = tolerations.filter((it) => tolerates(it, UNREACHABLE));
  if (matching.length === 0) return 0;
  return Math.max(0, Math.min(...matching.map((it) => it.tolerationSeconds ?? Infinity)));
}

type End = NonNullable<NodeLoss['end']>['by'];

function endLoss(scene: DisruptionScene, node: string, by: End): void {
  const { run, closed, disks, tell } = scene;
  tell('node', by, node);
  if (by === 'back') {
    closed.delete(node);
    run.hear(node);
    disks.hear(node);
  } else if (by === 'force-delete') {
    removeTerminating(scene, node);
  } else {
    disks.outOfService(node);
    collectGarbage(scene, node);
  }
}

/** gcTerminating: every round, the pods that are on their way out of a node out of service. */
function collectGarbage(scene: DisruptionScene, node: string): void {
  removeTerminating(scene, node);
  scene.run.at(scene.run.now + POD_GC_SECONDS, () => collectGarbage(scene, node));
}

function removeTerminating({ run }: DisruptionScene, node: string): void {
  const leaving = run.pods.filter((it) => it.node === node && it.deletedAt !== undefined);
  for (const it of leaving) run.remove(it);
}
