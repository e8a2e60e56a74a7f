/** What the replays with clients share: pods as clients meet them, ways to them, and delays. */
import type {
  ClientPlan,
  NetworkPod,
  ParameterName,
  PodAction,
  PodContainer,
  PodModel,
  TrafficConsumer,
} from '../../lifecycle/index.ts';
import type { Rollout } from '../../workloads/index.ts';
import type { ReplayEntry, Trace } from '../replay.ts';
import { closes, exited } from './replays.ts';

/** `kubectl delete`, when everybody has known the pod for long. */
export const DELETED_LATE: readonly PodAction[] = [{ do: 'delete', when: 'ready', plus: 400 }];

/** How slow these delays are, one after the other, in seconds. */
export function slowest({ profile }: PodModel, ...names: readonly ParameterName[]): number {
  return names.reduce((sum, it) => sum + profile.parameters[it].seconds.latest, 0);
}

/** From the change of a pod until every node routes by it. */
export const TO_NODES = ['p.watch', 'p.eps', 'p.proxy'] as const;

/** From the change of a pod until the controller of a load balancer has told the cloud. */
const TO_CLOUD = ['p.watch', 'p.eps', 'p.ctrl'] as const;

/** The way a consumer's clients come, at its slowest. */
export function wayOf(model: PodModel, { clientClass }: TrafficConsumer): ClientPlan['way'] {
  switch (clientClass) {
    case 'headless': {
      const lagSeconds = slowest(model, 'p.watch', 'p.eps', 'p.dns');
      return { by: 'dns', lagSeconds, ttlSeconds: slowest(model, 'p.dnscache') };
    }
    case 'load-balancer':
      return {
        by: 'pod-targets',
        registerSeconds: slowest(model, ...TO_CLOUD, 'p.lbreg'),
        deregisterSeconds: slowest(model, ...TO_CLOUD, 'p.lbdereg'),
      };
    case 'ingress':
      return { by: 'kube-proxy', lagSeconds: slowest(model, 'p.watch', 'p.eps', 'p.ingress') };
    case 'mesh':
      return { by: 'kube-proxy', lagSeconds: slowest(model, 'p.watch', 'p.eps', 'p.mesh') };
    case 'cluster-ip':
      return { by: 'kube-proxy', lagSeconds: slowest(model, ...TO_NODES) };
  }
}

/** Times from one to another, so many seconds apart. */
export function every(seconds: number, from: number, until: number): readonly number[] {
  const count = Math.max(0, Math.floor((until - from) / seconds + 0.001) + 1);
  return Array.from({ length: count }, (_, i) => from + i * seconds);
}

/** The pod of a played life, as the clients of one of its containers meet it. */
export function podOf(
  life: Trace,
  container: PodContainer,
  boot: 'earliest' | 'latest' = 'earliest',
): NetworkPod {
  const started = life.at(`cri:StartContainer:${container.name}`);
  const exits = orNever(exited(life, container.name));
  return {
    name: OWN_POD,
    node: OWN_POD,
    listens: started + container.app.listenSeconds.value[boot],
    closes: Math.min(exits, orNever(closes(life, container))),
    exits,
    endpoint: life.entries
      .filter((it) => it.source === 'endpoints')
      .map(({ t, detail }) => ({ t, state: detail as NetworkPod['endpoint'][number]['state'] })),
  };
}

/** What the pod of a played life is called. */
export const OWN_POD = 'the pod';

/** A pod that is there all the time, on a node of its own. */
export function steadyPod(name: string): NetworkPod {
  const state = { ready: true, serving: true, terminating: false };
  return {
    name,
    node: name,
    listens: -Infinity,
    closes: Infinity,
    exits: Infinity,
    endpoint: [{ t: -Infinity, state }],
  };
}

/** The pods of a rollout at its quickest. New ones listen when they are Ready; none drains. */
export function podsOf({ steps }: Rollout): readonly NetworkPod[] {
  const names = new Set(steps.map((it) => it.pod));
  return [...names].map((name) => {
    const own = steps.filter((it) => it.pod === name);
    const at = (what: string) => own.find((it) => it.what === what)?.at.earliest ?? Infinity;
    const isNew = own.some((it) => it.what === 'created');
    const since = isNew ? at('ready') : -Infinity;
    const serving = { serving: true, terminating: false };
    return {
      name,
      listens: since,
      closes: at('gone'),
      exits: at('gone'),
      endpoint: [
        { t: since, state: { ...serving, ready: true } },
        { t: at('deleting'), state: { serving: true, terminating: true, ready: false } },
        { t: at('gone'), state: undefined },
      ],
    };
  });
}

/** A rollout at its quickest, as a trace to be told together with its clients. */
export function toldBy({ steps }: Rollout): readonly ReplayEntry[] {
  return steps.map(({ at, what, pod }) => ({
    t: at.earliest,
    source: 'rollout',
    what,
    container: pod,
  }));
}

function orNever(seconds: number): number {
  return Number.isNaN(seconds) ? Infinity : seconds;
}
