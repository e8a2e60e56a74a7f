/**
 * Decides when the kubelet sees what the runtime did: the PLEG's global relist every second, and a
 * relist of one pod on demand after a step that did something.
 * After pkg/kubelet/pleg/generic.go and pkg/kubelet/container/cache.go. Left out: the evented PLEG.
 */
import { type Process, Signal } from './clock.ts';
import type { NodeLife, PodLife } from './pod-life.ts';
import { NOTHING, type RuntimeView } from './runtime-view.ts';

/** What the kubelet last saw of one pod. */
export class PodCache {
  readonly #life: PodLife;
  view: RuntimeView = NOTHING;
  #modified = -1;
  #globalTime = -1;
  #changed = new Signal();

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** Waits for a view that is newer than the given time; the first step takes any. */
  *newerThan(time: number): Process<RuntimeView> {
    while (!this.#isNewerThan(time)) yield { signal: this.#changed };
    return this.view;
  }

  #isNewerThan(time: number): boolean {
    return time < 0 || this.#modified > time || this.#globalTime > time;
  }

  /** A relist that began at `began` ends now. */
  refresh(began: number, global: boolean): void {
    const view = this.#life.runtime.view();
    const changes = compare(this.view, view);
    if (changes.any || changes.removed || !global) {
      this.view = view;
      this.#modified = began;
    }
    if (global) this.#globalTime = began;
    const signal = this.#changed;
    this.#changed = new Signal();
    signal.fire();
    if (changes.died) this.#removeOldAttempts();
    const { clock, timing } = this.#life.node;
    if (changes.any) clock.after(timing.stepSeconds / 4, () => this.#life.worker.update());
  }

  relistOnDemand(): void {
    const { clock, timing } = this.#life.node;
    clock.after(timing.stepSeconds / 4, () => {
      const began = clock.now;
      clock.after(timing.stepSeconds / 2, () => this.refresh(began, false));
    });
  }

  /** Of each container one dead attempt is kept, of a pod that is over none. */
  #removeOldAttempts(): void {
    const { runtime, worker } = this.#life;
    const kept = new Set<string>();
    for (const it of this.view.containers) {
      if (it.state !== 'exited') continue;
      if (worker.contentMayGo || kept.has(it.name)) runtime.remove(it.id);
      kept.add(it.name);
    }
  }
}

interface Changes {
  /** Something started or died: the worker is told. */
  readonly any: boolean;
  readonly died: boolean;
  readonly removed: boolean;
}

const NO_CHANGES: Changes = { any: false, died: false, removed: false };

function compare(old: RuntimeView, now: RuntimeView): Changes {
  if (old === now) return NO_CHANGES;
  let any = old.sandboxReady !== now.sandboxReady;
  let died = old.sandboxReady && !now.sandboxReady;
  for (const it of now.containers) {
    const before = old.containers.find((other) => other.id === it.id)?.state;
    if (before === it.state || it.state === 'created') continue;
    any = true;
    if (it.state === 'exited') died = true;
  }
  let removed = false;
  for (const it of old.containers) {
    if (now.containers.some((other) => other.id === it.id)) continue;
    removed = true;
    if (it.state === 'running') any = died = true;
  }
  return { any, died, removed };
}

/** Relists all pods of a node for ever. */
export function* relistForEver(node: NodeLife, pods: readonly PodLife[]): Process {
  yield node.timing.relistPhase;
  for (;;) {
    const began = node.clock.now;
    yield node.timing.relistSeconds;
    for (const pod of pods) pod.cache.refresh(began, true);
    yield node.timing.relistGap;
  }
}
