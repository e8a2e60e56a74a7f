/** What the replays of many rules share: how pods end there, and what a bad outcome looks like. */
import {
  forgottenBy,
  type AppBehaviour,
  type PodAction,
  type PodContainer,
  type TrafficConsumer,
} from '../../lifecycle/index.ts';
import type { Container, LifecycleHandler, Pod, Probe } from '../../manifest/index.ts';
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

/** Probes that pass until then and fail from then on, as those of an app that hangs. */
export function hangs(seconds: number): (pod: Pod) => Pod {
  const until = (probe: Probe | undefined) =>
    probe && {
      ...probe,
      httpGet: undefined,
      tcpSocket: undefined,
      grpc: undefined,
      exec: { command: ['until', `${seconds}`] },
    };
  return (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((it) => ({
        ...it,
        livenessProbe: until(it.livenessProbe),
        readinessProbe: until(it.readinessProbe),
      })),
    },
  });
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
  return (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(change),
      initContainers: pod.spec.initContainers?.map(change),
    },
  });
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

/**
 * Whether those who wait for the pod's own endpoint wait for ever: nothing in the pod answers them
 * as long as they wait, and as long as they wait there is no endpoint.
 */
export function neverAnswers(
  story: ReplayStory,
  waiting: readonly PodContainer[],
  by: 'init' | 'readiness',
): boolean {
  const names = new Set(waiting.map((it) => it.name));
  const never: Probe = { exec: { command: ['never'] } };
  const probe = (it: Container): Container =>
    by === 'readiness' && names.has(it.name) ? { ...it, readinessProbe: never } : it;
  const life = story.live({
    apps: by === 'init' ? Object.fromEntries([...names].map((it) => [it, { runFor: null }])) : {},
    change: (pod) => ({
      ...pod,
      spec: { ...pod.spec, containers: pod.spec.containers.map(probe) },
    }),
    until: 600,
  });
  return !life.has('endpoints:endpoint::"ready":true');
}

/** Apps that answer at the ports they declare, or that their commands and variables name. */
export function listeningOnlyTo({ model }: ReplayStory): Readonly<Record<string, AppBehaviour>> {
  return Object.fromEntries(
    [...model.startOrder, ...model.mains].map(({ name, container }) => {
      const {
        command,
        args,
        env,
        ports = [],
        startupProbe,
        livenessProbe,
        readinessProbe,
      } = container;
      const said = JSON.stringify([command, args, env]);
      const asked = [startupProbe, livenessProbe, readinessProbe].flatMap(
        (it) => it?.httpGet?.port ?? it?.tcpSocket?.port ?? it?.grpc?.port ?? [],
      );
      const isKnown = (port: number | string) =>
        ports.some((it) => it.containerPort === port || it.name === port) ||
        new RegExp(String.raw`(?<!\d)${port}(?!\d)`).test(said);
      const http = asked.every(isKnown)
        ? { late: true }
        : { late: true, port: ports[0]?.containerPort ?? 1 };
      return [name, { http }];
    }),
  );
}
