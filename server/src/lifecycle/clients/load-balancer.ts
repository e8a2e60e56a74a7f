/**
 * Load balancers outside the cluster, which know pods or nodes as targets and check them: a target
 * gets nothing before it is found healthy, and goes on getting requests for a while after it has
 * been taken out. How long both take is theirs.
 */
import { KubeProxy } from './kube-proxy.ts';
import { stateAt, type Network, type NetworkPod } from './network.ts';
import type { Chance, Choice, Way } from './way.ts';

/** A load balancer whose targets are the pods. */
export interface PodTargetsWay {
  readonly by: 'pod-targets';
  /** From the endpoint's being ready until the target is found healthy. */
  readonly registerSeconds: number;
  /** From the endpoint's being ready no more until nothing new is sent to the target. */
  readonly deregisterSeconds: number;
}

/** A load balancer whose targets are nodes, with externalTrafficPolicy Local. */
export interface NodeTargetsWay {
  readonly by: 'node-targets';
  /** From a change of the slice until the nodes route, and answer health checks, by it. */
  readonly lagSeconds: number;
  /** From the last ready endpoint of a node until nothing new is sent to the node. */
  readonly noticeSeconds: number;
}

export class PodTargets implements Way {
  readonly #network: Network;
  readonly #way: PodTargetsWay;
  readonly #chance: Chance;

  constructor(network: Network, way: PodTargetsWay, chance: Chance) {
    this.#network = network;
    this.#way = way;
    this.#chance = chance;
  }

  choose(now: number): Choice {
    const pod = this.#chance(this.#network.pods.filter((it) => this.#isTarget(it, now)));
    return pod ? { pod } : { otherwise: 'unavailable' };
  }

  /** Tells when targets come and go. */
  watch(): void {
    const { clock, pods } = this.#network;
    for (const pod of pods) {
      const { healthy, removed } = this.#times(pod);
      const tell = (t: number, what: string) => {
        if (t >= 0 && t < Infinity)
          clock.at(t, () => this.#network.tell('load-balancer', what, pod.name));
      };
      tell(healthy, 'healthy');
      tell(removed, 'removed');
    }
  }

  #isTarget(pod: NetworkPod, now: number): boolean {
    const { healthy, removed } = this.#times(pod);
    return healthy <= now && now < removed;
  }

  #times({ endpoint }: NetworkPod): { readonly healthy: number; readonly removed: number } {
    const ready = endpoint.find((it) => it.state?.ready)?.t ?? Infinity;
    const over = endpoint.find((it) => it.t > ready && !it.state?.ready)?.t ?? Infinity;
    const removed = over + this.#way.deregisterSeconds;
    return { healthy: ready + this.#way.registerSeconds, removed };
  }
}

export class NodeTargets implements Way {
  readonly #network: Network;
  readonly #way: NodeTargetsWay;
  readonly #chance: Chance;

  constructor(network: Network, way: NodeTargetsWay, chance: Chance) {
    this.#network = network;
    this.#way = way;
    this.#chance = chance;
  }

  choose(now: number): Choice {
    const { pods } = this.#network;
    const nodes = new Set(pods.filter((it) => this.#isHealthy(it.node, now)).map((it) => it.node));
    // Chance picks the node; there is one pod to name it by.
    const target = this.#chance(pods.filter((it) => nodes.has(it.node)));
    if (!target) return { otherwise: 'unavailable' };
    const { node } = target;
    const { lagSeconds } = this.#way;
    const way = { by: 'kube-proxy', lagSeconds, node, policy: 'Local' } as const;
    return new KubeProxy(this.#network, way, this.#chance).choose(now);
  }

  /** Tells when nodes are given up. */
  watch(): void {
    const { clock, pods } = this.#network;
    const { lagSeconds, noticeSeconds } = this.#way;
    for (const { endpoint, node } of pods) {
      for (const { t } of endpoint.filter((it) => it.t >= 0 && !it.state?.ready)) {
        clock.at(t + lagSeconds + noticeSeconds, () => {
          if (!this.#isHealthy(node, clock.now)) {
            this.#network.tell('load-balancer', 'removed', node);
          }
        });
      }
    }
  }

  /** The check of pkg/proxy/healthcheck/service_health.go has passed within the time to notice. */
  #isHealthy(node: string | undefined, now: number): boolean {
    const { lagSeconds, noticeSeconds } = this.#way;
    const until = now - lagSeconds;
    const since = until - noticeSeconds;
    return this.#network.pods
      .filter((it) => it.node === node)
      .some((pod) => {
        const changes = pod.endpoint.filter((it) => since < it.t && it.t <= until);
        return stateAt(pod, since)?.ready || changes.some((it) => it.state?.ready);
      });
  }
}
