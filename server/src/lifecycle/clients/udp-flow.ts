/**
 * Datagrams from one source port: the node's conntrack keeps where the first went, and each one
 * renews that. kube-proxy takes the entry away when its pod no longer serves and another does.
 */
import type { KubeProxy } from './kube-proxy.ts';
import { accepts, type Network, type NetworkPod } from './network.ts';

/** `nf_conntrack_udp_timeout` of Linux, seconds: flows without answers. */
const KEPT_SECONDS = 30;

export class UdpFlow {
  readonly #network: Network;
  readonly #proxy: KubeProxy;
  readonly #client: string;
  #entry: { readonly pod: NetworkPod; readonly at: number } | undefined;

  constructor(network: Network, proxy: KubeProxy, client: string) {
    this.#network = network;
    this.#proxy = proxy;
    this.#client = client;
  }

  send(): void {
    const { now } = this.#network.clock;
    const kept = this.#entry && now - this.#entry.at < KEPT_SECONDS ? this.#entry.pod : undefined;
    const isStale = kept !== undefined && !this.#proxy.keepsFlow(kept, now);
    const pod = isStale || !kept ? this.#proxy.choose(now).pod : kept;
    this.#entry = pod && { pod, at: now };
    if (isStale) this.#network.tell('kube-proxy', 'flow-cleared', this.#client, { to: pod?.name });
    const arrives = pod !== undefined && accepts(pod, now);
    this.#network.tell('client', arrives ? 'delivered' : 'lost', this.#client, { pod: pod?.name });
  }
}
