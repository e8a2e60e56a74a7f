/**
 * One TCP connection between a client and a pod. Each side may close it when it has been idle for
 * the side's own time; what is sent across the other's close is answered with a reset. A process
 * that ends takes its connections with it. The data plane has no part in it: kube-proxy never ends
 * a TCP connection (pkg/proxy/conntrack/cleanup.go).
 */
import type { Network, NetworkPod } from './network.ts';

/** What a connection needs to know of its client. */
export interface ConnectionEnds {
  readonly client: string;
  readonly pod: NetworkPod;
  /** To the server, and the same back. */
  readonly oneWaySeconds: number;
  /** The client closes it when it was idle so long. */
  readonly idleSeconds: number;
}

export class Connection {
  readonly #network: Network;
  readonly #ends: ConnectionEnds;
  /** As the server, and as the client knows it. */
  #closedByServer = false;
  #known: 'open' | 'closed' = 'open';
  #sent = 0;
  #arrived = 0;
  #unanswered = 0;

  constructor(network: Network, ends: ConnectionEnds) {
    this.#network = network;
    this.#ends = ends;
    const { exits } = ends.pod;
    if (exits < Infinity) network.clock.at(exits, () => this.#serverCloses('exit'));
  }

  /** Whether the client would send its next request on it. */
  get isUsable(): boolean {
    return this.#known === 'open';
  }

  /** Sends a request; what becomes of it is told. */
  send(takesSeconds: number): void {
    const { clock } = this.#network;
    const { oneWaySeconds, pod } = this.#ends;
    this.#sent++;
    this.#unanswered++;
    clock.after(oneWaySeconds, () => {
      if (this.#closedByServer) return clock.after(oneWaySeconds, () => this.#ended('reset'));
      this.#arrived++;
      const answered = clock.now + takesSeconds;
      const isCut = pod.exits < answered;
      clock.at(isCut ? pod.exits : answered, () => {
        if (!isCut) this.#serverIdles();
        clock.after(oneWaySeconds, () => this.#ended(isCut ? 'reset' : 'answered'));
      });
    });
  }

  #ended(what: 'answered' | 'reset'): void {
    this.#unanswered--;
    if (what === 'reset') this.#known = 'closed';
    this.#tell(what);
    if (what === 'answered') this.#clientIdles();
  }

  /** What is on its way to the server has not reached it, and keeps nothing open. */
  #serverIdles(): void {
    const { idleSeconds = Infinity } = this.#ends.pod;
    const arrived = this.#arrived;
    this.#after(idleSeconds, () => {
      if (arrived === this.#arrived) this.#serverCloses('idle');
    });
  }

  #clientIdles(): void {
    const sent = this.#sent;
    this.#after(this.#ends.idleSeconds, () => {
      if (sent !== this.#sent || this.#known === 'closed') return;
      this.#known = 'closed';
      // One connection for one request is closed without a word.
      if (this.#ends.idleSeconds > 0) this.#tell('closed', { by: 'client' });
    });
  }

  #after(seconds: number, act: () => void): void {
    if (seconds < Infinity) this.#network.clock.after(seconds, act);
  }

  #serverCloses(why: 'idle' | 'exit'): void {
    const { clock } = this.#network;
    const { pod, oneWaySeconds, client } = this.#ends;
    if (this.#closedByServer || this.#known === 'closed') return;
    this.#closedByServer = true;
    this.#network.tell('server', 'closed', pod.name, { why, client });
    clock.after(oneWaySeconds, () => {
      // A request under way ends with a reset of its own.
      if (this.#known === 'closed' || this.#unanswered > 0) return;
      this.#known = 'closed';
      this.#tell('closed', { by: 'server' });
    });
  }

  #tell(what: string, detail: object = {}): void {
    this.#network.tell('client', what, this.#ends.client, { pod: this.#ends.pod.name, ...detail });
  }
}
