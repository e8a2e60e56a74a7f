/** What the replays of many rules share: how pods end there, and what a bad outcome looks like. */
import {
  forgottenBy,
  type AppBehaviour,
  type PodAction,
  type PodContainer,
  type TrafficConsumer,
} from '../../lifecycle/index.ts';
import { between, type TimeWindow } from '../../explanation/index.ts';
import {
  mapContainers,
  type Container,
  type LifecycleHandler,
  type Pod,
} from '../../manifest/index.ts';
import type { RolloutPlan } from '../../prediction/index.ts';
import type { LifePlan, Replay, ReplayStory, Trace } from '../replay.ts';
import { knownDrain } from './shutdown.ts';

/** `kubectl delete`, two seconds after the pod is Ready. */
export const DELETED: readonly PodAction[] = [{ do: 'delete', when: 'ready', plus: 2 }];

/** The kubelet ends the pod by itself, and leaves it these seconds. */
export function endedByKubelet(gracePeriodSeconds: number, reason = 'Evicted'): PodAction[] {
  return [{ do: 'kubelet-evict', when: 'ready', plus: 2, gracePeriodSeconds, reason }];
}

/** When a container is sent a signal; NaN where it never is. */
export function signalled(life: Trace, container: string, signal = 'SIGTERM'): number {
  return life.at(`app:signal:${container}:${signal}`);
}

/** Whether an end that began then cut a hook short or killed a process. */
export function isCutShort({ model }: ReplayStory, life: Trace, begun: number): boolean {
  return model.mains.some(
    (it) =>
      signalled(life, it.name) - begun < it.preStop.seconds.earliest - 0.5 ||
      life.has(`app:signal:${it.name}:SIGKILL`),
  );
}

/** The kubelet sees within so many seconds that containers have ended, and lets the object go. */
const RELIST_SECONDS = 1;

/** From its deletion to its removal, for a pod that goes on until it is killed. */
export function killedWindow(story: ReplayStory): TimeWindow {
  const life = story.live({
    actions: DELETED,
    apps: lasting(story, Infinity),
    until: story.model.gracePeriodSeconds + 60,
  });
  const killed = life.at('app:signal::SIGKILL') - life.at('api:delete');
  return between(killed, killed + RELIST_SECONDS);
}

/** When a container's process is gone. */
export function exited(life: Trace, container: string): number {
  return life.at(`app:exit:${container}`);
}

/** When the pod's endpoint stops being ready after a deletion. */
export function leaves(life: Trace): number {
  const asked = life.at('api:delete');
  const removed = life.after(asked, 'endpoints:endpoint-removed');
  const unready = life.after(asked, 'endpoints:endpoint::"ready":false');
  return Number.isNaN(unready) ? removed : unready;
}

/** A rollout that waits for ever for what its own old pods hold. */
export const STUCK_ROLLOUT: Replay = {
  by: 'rollout',
  lost: (story) => story.rollout()?.outcome === 'stuck',
};

/** Pods that take as long as they may to be Ready and to be gone, where that has a bound. */
export function slowestPods(story: ReplayStory): RolloutPlan {
  const latest = (of: 'startup' | 'rollout', kind: 'ready' | 'gone') => {
    const { window } = story.network(of)?.ofKind(kind)[0] ?? {};
    return window && (Number.isFinite(window.latest) ? window.latest : window.earliest);
  };
  const readyAfter = latest('startup', 'ready');
  const exitAfter = latest('rollout', 'gone');
  return { pods: { ...(readyAfter && { readyAfter }), ...(exitAfter && { exitAfter }) } };
}

/** A node that cannot be drained, however often one asks. */
export const BLOCKED_DRAIN: Replay = {
  by: 'drain',
  lostInWorld: (world) => world.drains().some((it) => it.outcome === 'blocked'),
};

/** A pod that the scheduler finds no node for, though all others have theirs. */
export const PENDING: Replay = {
  by: 'scheduling',
  lost: (story) => story.placements().some((it) => it.nodeName === undefined),
};

/**
 * How long after the change of its EndpointSlice a consumer still sends new connections, at the
 * slowest: the part of the network that no kubelet has a say in.
 */
export function lagOf(story: ReplayStory, consumer: TrafficConsumer): number {
  const network = story.network('delete');
  const end = (id: string) => network?.event(id)?.window.latest ?? 0;
  return end(forgottenBy(consumer)) - end(`slice-updated:${consumer.service.metadata.name}`);
}

/** When an app accepts no more: it closes its listener at SIGTERM, unless it is declared not to. */
export function closes(life: Trace, { name, app }: PodContainer): number {
  const { value, declared } = app.stopAcceptSeconds;
  const after = declared || app.onSigterm.declared ? value.earliest : 0;
  return signalled(life, name) + after;
}

/** Apps that go on for so long after SIGTERM; where it is left out, for as long as is declared. */
export function lasting(
  { model }: ReplayStory,
  seconds = 0,
): Readonly<Record<string, AppBehaviour>> {
  const onTerm = (it: PodContainer) => {
    const drain = Math.max(seconds, knownDrain(it) ?? 0);
    return Number.isFinite(drain) ? `exit:${drain}` : 'ignore';
  };
  return Object.fromEntries(model.mains.map((it) => [it.name, { onTerm: onTerm(it) }]));
}

/**
 * What lies outside the pod gives no answer between two ages of the container: the probes that
 * name a host get none, nor does the one of Spring Boot that asks whatever the app needs.
 */
export function outage(from: number, until: number): LifePlan['probes'] {
  const command = ['except', `${from}`, `${until}`];
  return ({ exec, httpGet, tcpSocket }) => {
    const text = (exec?.command ?? []).join(' ');
    const host = httpGet?.host ?? tcpSocket?.host ?? HOST.exec(text)?.[1] ?? '';
    const asksAll = /\/actuator\/health\/?$/.test(httpGet?.path ?? '');
    return asksAll || (host !== '' && !/^(?:localhost|127\.)/.test(host)) ? command : undefined;
  };
}

const HOST = /(?:\s-h\s*|\s--host[ =]|:\/\/)([\w.-]+)/;

/** The pod with a command of the simulated apps in place of the hooks of these containers. */
export function withHook(
  containers: readonly PodContainer[],
  kind: 'postStart' | 'preStop',
  command: readonly string[],
): (pod: Pod) => Pod {
  return withHandler(containers, kind, { exec: { command } });
}

/** The same with any handler. */
export function withHandler(
  containers: readonly PodContainer[],
  kind: 'postStart' | 'preStop',
  handler: LifecycleHandler,
): (pod: Pod) => Pod {
  const names = new Set(containers.map((it) => it.name));
  const change = (it: Container): Container =>
    names.has(it.name) ? { ...it, lifecycle: { ...it.lifecycle, [kind]: handler } } : it;
  return (pod) => mapContainers(pod, change);
}

/** Readiness probes that ask a command of the simulated apps. */
export function withReadiness(
  containers: readonly PodContainer[],
  command: readonly string[],
): (pod: Pod) => Pod {
  const names = new Set(containers.map((it) => it.name));
  const change = (it: Container): Container => {
    const readinessProbe = { ...it.readinessProbe, httpGet: undefined, tcpSocket: undefined };
    return names.has(it.name)
      ? { ...it, readinessProbe: { ...readinessProbe, exec: { command } } }
      : it;
  };
  return (pod) => ({ ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map(change) } });
}

/** HTTP hooks that are answered with a status. */
export function answering(status: number): (pod: Pod) => Pod {
  return (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((it) => {
        const get = it.lifecycle?.preStop?.httpGet;
        const preStop = get && { httpGet: { ...get, path: `/status/${status}` } };
        return preStop ? { ...it, lifecycle: { ...it.lifecycle, preStop } } : it;
      }),
    },
  });
}
