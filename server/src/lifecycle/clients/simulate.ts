/** Clients and the pods they reach, from the first request to the last. */
import { Client, type ClientPlan } from './client.ts';
import { Network, type ClientEntry, type NetworkPod } from './network.ts';

/** Who is there, and how long it is watched. */
export interface ClientScenario {
  readonly pods: readonly NetworkPod[];
  readonly clients: readonly ClientPlan[];
  /** Seconds. */
  readonly until: number;
}

/** What the clients see, in the order of time. */
export function simulateClients({ pods, clients, until }: ClientScenario): readonly ClientEntry[] {
  const network = new Network(pods);
  for (const plan of clients) new Client(network, plan).start();
  network.clock.run((next) => next > until);
  return network.entries;
}
