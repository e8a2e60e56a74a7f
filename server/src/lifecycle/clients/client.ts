/**
 * A client: when it has something to send, over which way, and on what: a connection for each
 * request, one that it keeps, or datagrams from one port.
 */
import { Connection } from './connection.ts';
import { KubeProxy, type KubeProxyWay } from './kube-proxy.ts';
import {
  NodeTargets,
  PodTargets,
  type NodeTargetsWay,
  type PodTargetsWay,
} from './load-balancer.ts';
import { accepts, type Network, type NetworkPod } from './network.ts';
import { Resolver, type DnsWay } from './resolver.ts';
import { UdpFlow } from './udp-flow.ts';
import { chanceOf, type Way } from './way.ts';

/** What a client does, in seconds. */
export interface ClientPlan {
  readonly name: string;
  /** When it sends a request, or a datagram. */
  readonly asks: readonly number[];
  readonly way: KubeProxyWay | DnsWay | PodTargetsWay | NodeTargetsWay;
  /**
   * `each`: a connection for each request. `kept`: one for all, as HTTP keep-alive and HTTP/2 have
   * it; a new one when it is closed. `udp`: datagrams from one source port.
   */
  readonly connection?: 'each' | 'kept' | 'udp';
  /** It closes a kept connection that was idle so long. */
  readonly idleSeconds?: number;
  /** How long the server works on a request. */
  readonly takesSeconds?: number;
  /** To the server, and the same back. */
  readonly oneWaySeconds?: number;
  /** The port of the pods, as `TCP/8080`. */
  readonly port?: string;
  /** The pod that chance takes for it wherever it may. */
  readonly prefers?: string;
}

export class Client {
  readonly #network: Network;
  readonly #plan: ClientPlan;
  readonly #way: Way & { watch?(): void };
  readonly #flow: UdpFlow | undefined;
  #connection: Connection | undefined;
  #last: NetworkPod | undefined;

  constructor(network: Network, plan: ClientPlan) {
    this.#network = network;
    this.#plan = plan;
    this.#way = wayOf(network, plan);
    if (plan.connection === 'udp' && this.#way instanceof KubeProxy) {
      this.#flow = new UdpFlow(network, this.#way, plan.name);
    }
  }

  start(): void {
    this.#way.watch?.();
    for (const t of this.#plan.asks) {
      this.#network.clock.at(t, () => (this.#flow ? this.#flow.send() : this.#ask()));
    }
  }

  #ask(): void {
    const { connection = 'each', takesSeconds = 0 } = this.#plan;
    if (connection === 'kept' && this.#connection?.isUsable) {
      this.#network.tell('client', 'sent', this.#plan.name, { on: 'the open connection' });
      return this.#connection.send(takesSeconds);
    }
    const { pod, otherwise } = this.#way.choose(this.#network.clock.now);
    if (!pod) return this.#tell(otherwise ?? 'refused', { pod: null });
    this.#connect(pod);
  }

  #connect(pod: NetworkPod): void {
    const { name, oneWaySeconds = 0, idleSeconds = Infinity, takesSeconds = 0 } = this.#plan;
    const { clock } = this.#network;
    const from = this.#last;
    this.#last = pod;
    if (from && from !== pod)
      this.#tell('moved', { from: from.name, to: pod.name, zone: pod.zone });
    // The handshake and the request are told as one.
    if (!accepts(pod, clock.now + oneWaySeconds, this.#plan.port)) {
      return clock.after(2 * oneWaySeconds, () => this.#tell('refused', { pod: pod.name }));
    }
    this.#connection = new Connection(this.#network, {
      client: name,
      pod,
      oneWaySeconds,
      idleSeconds: this.#plan.connection === 'kept' ? idleSeconds : 0,
    });
    this.#connection.send(takesSeconds);
  }

  #tell(what: string, detail: object): void {
    this.#network.tell('client', what, this.#plan.name, detail);
  }
}

function wayOf(network: Network, { way, name, prefers }: ClientPlan): Way & { watch?(): void } {
  const chance = chanceOf(prefers);
  switch (way.by) {
    case 'kube-proxy':
      return new KubeProxy(network, way, chance);
    case 'dns':
      return new Resolver(network, way, name, chance);
    case 'pod-targets':
      return new PodTargets(network, way, chance);
    case 'node-targets':
      return new NodeTargets(network, way, chance);
  }
}
