/**
 * Decides the pod's endpoint in its EndpointSlice. The controller looks again when the pod's IP or
 * readiness changes, and at every change of a pod that is being deleted: so a pod that completes
 * keeps its endpoint, as not ready.
 * After podEndpointsChanged and podToEndpoint in staging/src/k8s.io/endpointslice.
 */
import type { PodLife } from './pod-life.ts';
import { isTerminal, isTrue, type PodStatus } from './pod-status.ts';

/** The conditions of one endpoint. */
interface EndpointConditions {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Follows one pod on behalf of a Service that selects it. */
export function followEndpoints(life: PodLife, publishNotReady: boolean): void {
  const controller = new EndpointsController(life, publishNotReady);
  life.object.watch((old, now) => controller.podChanged(old, now));
}

class EndpointsController {
  readonly #life: PodLife;
  readonly #publishNotReady: boolean;
  #shown: string | undefined;
  #queued = false;

  constructor(life: PodLife, publishNotReady: boolean) {
    this.#life = life;
    this.#publishNotReady = publishNotReady;
  }

  podChanged(old: PodStatus, now: PodStatus): void {
    if (this.#changed(old, now)) this.#enqueue();
  }

  #changed(old: PodStatus, now: PodStatus): boolean {
    const { object } = this.#life;
    if (!object.exists || object.deletionGrace !== undefined) return true;
    return old.podIP !== now.podIP || isTrue(old, 'Ready') !== isTrue(now, 'Ready');
  }

  #enqueue(): void {
    if (this.#queued) return;
    this.#queued = true;
    const { clock, timing } = this.#life.node;
    clock.after(timing.endpointSeconds, () => {
      this.#queued = false;
      this.#sync();
    });
  }

  #sync(): void {
    const endpoint = this.#endpoint();
    this.#life.network.endpointReady = endpoint?.ready === true;
    if (endpoint === undefined) {
      if (this.#shown !== undefined) this.#life.trace('endpoints', 'endpoint-removed');
      this.#shown = undefined;
      return;
    }
    const text = JSON.stringify(endpoint);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#life.trace('endpoints', 'endpoint', undefined, endpoint);
  }

  #endpoint(): EndpointConditions | undefined {
    const { exists, status, deletionGrace } = this.#life.object;
    if (!exists || !status.podIP || isTerminal(status.phase)) return undefined;
    const serving = isTrue(status, 'Ready');
    const terminating = deletionGrace !== undefined;
    return { ready: this.#publishNotReady || (serving && !terminating), serving, terminating };
  }
}
