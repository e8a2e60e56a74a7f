/**
 * What clients meet: pods whose processes listen, close and end at given times, and what the
 * EndpointSlice says of each. How one lives is the kubelet's and the controllers'; it comes in as
 * moments. Equal times keep the order they were set: no chance, no real time.
 */
import { Clock } from '../kubelet/clock.ts';

/** What an EndpointSlice says of one pod. */
export interface EndpointState {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** The zones it is meant for: `hints.forZones`. */
  readonly zones?: readonly string[];
}

/** From `t` on the slice says so; undefined: the pod is not in it. */
export interface EndpointChange {
  readonly t: number;
  readonly state: EndpointState | undefined;
}

/** A pod as its clients can tell it: seconds, Infinity for never. */
export interface NetworkPod {
  readonly name: string;
  readonly node?: string;
  readonly zone?: string;
  /** Its process accepts connections from then on… */
  readonly listens: number;
  /** … until then. Those that are open stay open. */
  readonly closes: number;
  /** Its process is gone, and with it every connection. */
  readonly exits: number;
  /** It closes a connection on which nothing came for so long. */
  readonly idleSeconds?: number;
  /** Where it listens, as `TCP/8080`; at every port where left out. */
  readonly ports?: readonly string[];
  /** In the order of time. */
  readonly endpoint: readonly EndpointChange[];
}

/** One thing that a client sees, or that decides what it will see. */
export interface ClientEntry {
  readonly t: number;
  readonly latest?: number;
  readonly source: 'client' | 'server' | 'kube-proxy' | 'load-balancer' | 'dns' | 'lease' | 'agent';
  readonly what: string;
  /** Whose: the client, or the pod where a server or a target tells. */
  readonly container?: string;
  readonly detail?: unknown;
}

/** The pods, the clock and the trace that all clients of a run share. */
export class Network {
  readonly clock = new Clock();
  readonly entries: ClientEntry[] = [];
  readonly pods: readonly NetworkPod[];

  constructor(pods: readonly NetworkPod[]) {
    this.pods = pods;
  }

  tell(source: ClientEntry['source'], what: string, container?: string, detail?: unknown): void {
    this.entries.push({ t: this.clock.now, source, what, container, detail });
  }
}

/** What the slice says of a pod at a time. */
export function stateAt({ endpoint }: NetworkPod, t: number): EndpointState | undefined {
  return endpoint.findLast((it) => it.t <= t)?.state;
}

/** Whether a connection that arrives then is accepted. */
export function accepts(pod: NetworkPod, t: number, port?: string): boolean {
  const known = port === undefined || !pod.ports || pod.ports.includes(port);
  return known && pod.listens <= t && t < pod.closes;
}
