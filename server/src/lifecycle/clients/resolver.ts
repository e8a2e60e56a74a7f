/**
 * A client of a headless Service: it asks DNS, and uses the answer until its time to live is over.
 * CoreDNS answers with the ready endpoints that it has heard of; an empty answer is kept as long.
 */
import { stateAt, type Network, type NetworkPod } from './network.ts';
import type { Chance, Choice, Way } from './way.ts';

/** A name that is resolved. */
export interface DnsWay {
  readonly by: 'dns';
  /** From a change of the slice until CoreDNS answers by it. */
  readonly lagSeconds: number;
  /** How long the client uses an answer, all caches together. */
  readonly ttlSeconds: number;
}

export class Resolver implements Way {
  readonly #network: Network;
  readonly #way: DnsWay;
  readonly #client: string;
  readonly #chance: Chance;
  #answer: { readonly pods: readonly NetworkPod[]; readonly until: number } | undefined;

  constructor(network: Network, way: DnsWay, client: string, chance: Chance) {
    this.#network = network;
    this.#way = way;
    this.#client = client;
    this.#chance = chance;
  }

  choose(now: number): Choice {
    if (!this.#answer || now >= this.#answer.until) this.#answer = this.#ask(now);
    const pod = this.#chance(this.#answer.pods);
    return pod ? { pod } : { otherwise: 'unresolved' };
  }

  #ask(now: number) {
    const { lagSeconds, ttlSeconds } = this.#way;
    const pods = this.#network.pods.filter((it) => stateAt(it, now - lagSeconds)?.ready === true);
    const addresses = pods.map((it) => it.name);
    this.#network.tell('client', 'resolved', this.#client, { addresses });
    return { pods, until: now + ttlSeconds };
  }
}
