/**
 * The attach/detach controller for disks that one node has at a time: a pod waits for its disk, and
 * a disk leaves a node when no pod there wants it and the node has unmounted it.
 * After pkg/controller/volume/attachdetach (reconciler/reconciler.go and
 * populator/desired_state_of_world_populator.go). Left out: what the cloud takes to attach and
 * detach, which comes on top, and deleted nodes.
 */
import type { RolloutPod } from './rollout-model.ts';
import type { RolloutRun } from './rollout-run.ts';
import { ATTACH_LOOP_SECONDS } from './volume-attachment.ts';

/** ReconcilerMaxWaitForUnmountDuration, in seconds. */
const FORCE_DETACH_SECONDS = 360;

interface Attached {
  readonly node: string;
  /** Since when nobody on the node wants it. */
  unwantedSince?: number;
}

interface Waiting {
  readonly pod: RolloutPod;
  readonly node: string;
  readonly start: () => void;
  reported: boolean;
}

export class AttachDetachController {
  readonly #run: RolloutRun;
  readonly #disksOf: (pod: RolloutPod) => readonly string[];
  readonly #tell: (what: string, whose: string, note?: string) => void;
  readonly #attached = new Map<string, Attached>();
  readonly #silent = new Set<string>();
  readonly #outOfService = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(
    run: RolloutRun,
    disksOf: (pod: RolloutPod) => readonly string[],
    tell: (what: string, whose: string, note?: string) => void,
  ) {
    this.#run = run;
    this.#disksOf = disksOf;
    this.#tell = tell;
  }

  /** Begins with what the pods that are there have. */
  start(): void {
    const run = this.#run;
    for (const pod of run.pods) this.#attach(pod, pod.node ?? '');
    if (this.#attached.size === 0) return;
    run.holdBack = (pod, start) => {
      this.#waiting.push({ pod, node: pod.node ?? '', start, reported: false });
    };
    this.#loop();
  }

  /** The node's kubelet says nothing any more: what is mounted there stays so. */
  silence(node: string): void {
    this.#silent.add(node);
  }

  hear(node: string): void {
    this.#silent.delete(node);
  }

  outOfService(node: string): void {
    this.#outOfService.add(node);
  }

  #loop(): void {
    // Detaches come before attaches.
    for (const [disk, it] of this.#attached) if (this.#mayDetach(disk, it)) this.#detach(disk);
    this.#waiting = this.#waiting.filter((it) => !this.#started(it));
    this.#run.at(this.#run.now + ATTACH_LOOP_SECONDS, () => this.#loop());
  }

  #mayDetach(disk: string, attached: Attached): boolean {
    const { node } = attached;
    // A pod that is deleted counts as long as its containers may run, as far as anybody knows.
    const isWanted = this.#run.pods.some(
      (it) => it.node === node && this.#disksOf(it).includes(disk),
    );
    if (isWanted) {
      attached.unwantedSince = undefined;
      return false;
    }
    attached.unwantedSince ??= this.#run.now;
    const isMounted = this.#silent.has(node);
    const isForced = this.#run.now - attached.unwantedSince > FORCE_DETACH_SECONDS;
    return !isMounted || isForced || this.#outOfService.has(node);
  }

  #detach(disk: string): void {
    const { node = '' } = this.#attached.get(disk) ?? {};
    this.#attached.delete(disk);
    this.#tell('detached', disk, this.#silent.has(node) ? 'by force' : undefined);
  }

  /** Whether the pod has all its disks and starts, or is gone. */
  #started(waiting: Waiting): boolean {
    const { pod, node, start } = waiting;
    const now = this.#run.pods.find((it) => it.id === pod.id);
    if (!now || now.deletedAt !== undefined) return true;
    const missing = this.#disksOf(pod).find((it) => {
      const has = this.#attached.get(it);
      return has && has.node !== node;
    });
    if (missing !== undefined) {
      if (!waiting.reported) this.#tell('multi-attach-error', pod.name, missing);
      waiting.reported = true;
      return false;
    }
    this.#attach(pod, node);
    start();
    return true;
  }

  #attach(pod: RolloutPod, node: string): void {
    for (const disk of this.#disksOf(pod)) this.#attached.set(disk, { node });
  }
}
