/**
 * Decides whose turn it is to stop: sidecars after all main containers, later sidecars first; until
 * the grace is over, then the order is over too.
 * After pkg/kubelet/kuberuntime/kuberuntime_termination_order.go.
 */
import type { Pod } from '../../manifest/index.ts';
import { type Clock, type Process, Signal } from './clock.ts';
import { initContainersOf, isSidecar } from './pod-life.ts';

/** Whole seconds, as the kubelet cuts them. */
export function wholeSeconds(seconds: number): number {
  return Math.floor(seconds + 1e-6);
}

export class TerminationOrder {
  readonly #clock: Clock;
  #ended = new Map<string, Signal>();
  #awaited = new Map<string, readonly Signal[]>();

  constructor(clock: Clock, pod: Pod, running: ReadonlySet<string>) {
    this.#clock = clock;
    const signalOf = (name: string): Signal => {
      const signal = new Signal();
      if (!running.has(name)) signal.fire();
      this.#ended.set(name, signal);
      return signal;
    };
    const main = pod.spec.containers.map((it) => signalOf(it.name));
    let later: readonly Signal[] = [];
    for (const container of [...initContainersOf(pod)].reverse()) {
      const own = signalOf(container.name);
      if (!isSidecar(container)) continue;
      this.#awaited.set(container.name, [...main, ...later]);
      later = [own];
    }
  }

  /** Waits for those that stop first, at most for the grace; the whole seconds it took. */
  *waitForTurn(name: string, grace: number): Process<number> {
    const begun = this.#clock.now;
    for (const signal of this.#awaited.get(name) ?? []) {
      const left = grace - (this.#clock.now - begun);
      const ended = yield { signal, seconds: Math.max(0, left) };
      if (!ended) break;
    }
    return wholeSeconds(this.#clock.now - begun);
  }

  ended(name: string): void {
    this.#ended.get(name)?.fire();
  }
}

/** The order of a pod that has sidecars; other pods have none. */
export function terminationOrder(
  clock: Clock,
  pod: Pod,
  running: ReadonlySet<string>,
): TerminationOrder | undefined {
  if (!initContainersOf(pod).some(isSidecar)) return undefined;
  return new TerminationOrder(clock, pod, running);
}
