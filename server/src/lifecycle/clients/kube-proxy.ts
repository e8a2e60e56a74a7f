/**
 * Which pod one node sends a new connection to. Follows CategorizeEndpoints in
 * pkg/proxy/topology.go: ready endpoints, by the hints of the node's zone where every one has some;
 * terminating ones that still serve where none is ready; only those of the node with the policy
 * Local. ClientIP affinity is the `recent` match of pkg/proxy/iptables/proxier.go: a client's
 * address stays with a pod that is still usable until it pauses for the timeout.
 */
import { stateAt, type EndpointState, type Network, type NetworkPod } from './network.ts';
import type { Chance, Choice, Way } from './way.ts';

/** One node's data plane. */
export interface KubeProxyWay {
  readonly by: 'kube-proxy';
  /** From a change of the slice until this node routes by it. */
  readonly lagSeconds: number;
  readonly node?: string;
  readonly zone?: string;
  /** `internalTrafficPolicy` or `externalTrafficPolicy`; Cluster where left out. */
  readonly policy?: 'Cluster' | 'Local';
  /** `sessionAffinityConfig.clientIP.timeoutSeconds`, with sessionAffinity ClientIP. */
  readonly affinitySeconds?: number;
}

interface Usable {
  readonly pods: readonly NetworkPod[];
  /** What becomes of a connection where there is none. */
  readonly otherwise: 'refused' | 'dropped';
}

export class KubeProxy implements Way {
  readonly #network: Network;
  readonly #way: KubeProxyWay;
  readonly #chance: Chance;
  #affine: { readonly pod: NetworkPod; readonly at: number } | undefined;

  constructor(network: Network, way: KubeProxyWay, chance: Chance) {
    this.#network = network;
    this.#way = way;
    this.#chance = chance;
  }

  choose(now: number): Choice {
    const { pods, otherwise } = this.#usable(now);
    const pod = this.#remembered(pods, now) ?? this.#chance(pods);
    if (!pod) return { otherwise };
    this.#affine = { pod, at: now };
    return { pod };
  }

  /**
   * Whether the entry of a UDP flow is kept: it goes when its pod no longer serves, unless none
   * does. After CleanStaleEntries in pkg/proxy/conntrack/cleanup.go.
   */
  keepsFlow(to: NetworkPod, now: number): boolean {
    const serving = this.#seen(now).filter(({ state }) => state.serving);
    return serving.length === 0 || serving.some(({ pod }) => pod === to);
  }

  /** Tells when the node's rules change. */
  watch(): void {
    const { clock, pods } = this.#network;
    const times = pods.flatMap((it) => it.endpoint.map(({ t }) => t + this.#way.lagSeconds));
    let shown: string | undefined;
    for (const t of times.filter((it) => it >= 0)) {
      clock.at(t, () => {
        const usable = this.#usable(clock.now).pods.map((it) => it.name);
        if (usable.join() === shown) return;
        shown = usable.join();
        this.#network.tell('kube-proxy', 'synced', this.#way.node, { usable });
      });
    }
  }

  #remembered(pods: readonly NetworkPod[], now: number): NetworkPod | undefined {
    const { affinitySeconds = 0 } = this.#way;
    const last = this.#affine;
    if (!last || now - last.at >= affinitySeconds) return undefined;
    return pods.find((it) => it === last.pod);
  }

  #usable(now: number): Usable {
    const seen = this.#seen(now);
    if (this.#way.policy === 'Local') return this.#local(seen);
    const ready = seen.filter(({ state }) => state.ready);
    const last = seen.filter(({ state }) => state.serving && state.terminating);
    return {
      pods: (ready.length > 0 ? this.#near(ready) : last).map((it) => it.pod),
      otherwise: 'refused',
    };
  }

  #local(seen: readonly Seen[]): Usable {
    const own = seen.filter(({ pod }) => pod.node === this.#way.node);
    const ready = own.filter(({ state }) => state.ready);
    const last = own.filter(({ state }) => state.serving && state.terminating);
    const isAnywhere = seen.some(
      ({ state }) => state.ready || (state.serving && state.terminating),
    );
    return {
      pods: (ready.length > 0 ? ready : last).map((it) => it.pod),
      otherwise: isAnywhere ? 'dropped' : 'refused',
    };
  }

  /** Hints count only where every ready endpoint has some, and one is for this zone. */
  #near(ready: readonly Seen[]): readonly Seen[] {
    const { zone } = this.#way;
    const zonesOf = ({ state }: Seen) => state.zones ?? [];
    if (zone === undefined || ready.some((it) => zonesOf(it).length === 0)) return ready;
    const near = ready.filter((it) => zonesOf(it).includes(zone));
    return near.length > 0 ? near : ready;
  }

  #seen(now: number): readonly Seen[] {
    return this.#network.pods.flatMap((pod) => {
      const state = stateAt(pod, now - this.#way.lagSeconds);
      return state ? [{ pod, state }] : [];
    });
  }
}

interface Seen {
  readonly pod: NetworkPod;
  readonly state: EndpointState;
}
