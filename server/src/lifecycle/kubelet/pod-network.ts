/**
 * Decides who answers a connection. The containers of a pod share one network: a port is bound by
 * one of them, for all, until its process ends. Hosts outside answer as the scenario says; a Service
 * of the pod itself does while its endpoint is published and somebody listens there.
 */
import type { PodLife } from './pod-life.ts';
import type { RuntimeContainer } from './runtime-view.ts';

const LOCAL = 'localhost:';

export class PodNetwork {
  readonly #life: PodLife;
  #owners = new Map<string, RuntimeContainer>();
  /** What the EndpointSlice says of the pod's endpoint. */
  endpointReady = false;

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** Binds ports for a container: the first of them that another has, if any. */
  bind(container: RuntimeContainer): string | undefined {
    const { listens } = container.app;
    const taken = listens.find((it) => this.#owner(it) !== undefined);
    if (taken !== undefined) return taken;
    for (const port of listens) this.#owners.set(port, container);
    return undefined;
  }

  /** Whether somebody in the pod has bound a TCP port. */
  isBound(port: number): boolean {
    return this.#owner(`${port}/TCP`) !== undefined;
  }

  /** Whether a connection to a port of the pod, or to a host outside it, is answered now. */
  answers(to: string): boolean {
    if (to.startsWith(LOCAL)) return this.isBound(Number(to.slice(LOCAL.length)));
    const { scenario, clock } = this.#life.node;
    const host = scenario.hosts?.[to];
    if (host === undefined || clock.now >= (host.from ?? Infinity)) return true;
    if (host.own === undefined || !this.endpointReady) return false;
    return host.own === 'name' || this.#life.runtime.anyServes;
  }

  #owner(port: string): RuntimeContainer | undefined {
    const owner = this.#owners.get(port);
    return owner?.state === 'running' ? owner : undefined;
  }
}
