/** What the replays of many rules share: how pods end there, and what a bad outcome looks like. */
import {
  forgottenBy,
  type AppBehaviour,
  type PodAction,
  type PodContainer,
  type TrafficConsumer,
} from '../../lifecycle/index.ts';
import type { Container, Pod, Probe } from '../../manifest/index.ts';
import type { Life, Replay, ReplayStory } from '../replay.ts';
import { knownDrain } from './shutdown.ts';

/** `kubectl delete`, two seconds after the pod is Ready. */
export const DELETED: readonly PodAction[] = [{ do: 'delete', when: 'ready', plus: 2 }];

/** The kubelet ends the pod by itself, and leaves it these seconds. */
export function endedByKubelet(gracePeriodSeconds: number, reason = 'Evicted'): PodAction[] {
  return [{ do: 'kubelet-evict', when: 'ready', plus: 2, gracePeriodSeconds, reason }];
}

/** When a container is sent a signal; NaN where it never is. */
export function signalled(life: Life, container: string, signal = 'SIGTERM'): number {
  return life.at(`app:signal:${container}:${signal}`);
}

/** When a container's process is gone. */
export function exited(life: Life, container: string): number {
  return life.at(`app:exit:${container}`);
}

/** When the pod's endpoint stops being ready after a deletion. */
export function leaves(life: Life): number {
  const asked = life.at('api:delete');
  const removed = life.after(asked, 'endpoints:endpoint-removed');
  const unready = life.after(asked, 'endpoints:endpoint::"ready":false');
  return Number.isNaN(unready) ? removed : unready;
}

/** A pod that does not become Ready however long one waits. */
export const NEVER_READY: Replay = {
  by: 'kubelet',
  lost: (story) => !story.live({ until: 600 }).has('ready'),
};

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

/** A pod that the scheduler finds no node for. */
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
export function closes(life: Life, { name, app }: PodContainer): number {
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

/** The pod with a command of the simulated apps in place of the hooks of these containers. */
export function withHook(
  containers: readonly PodContainer[],
  kind: 'postStart' | 'preStop',
  command: readonly string[],
): (pod: Pod) => Pod {
  const names = new Set(containers.map((it) => it.name));
  const change = (it: Container): Container =>
    names.has(it.name)
      ? { ...it, lifecycle: { ...it.lifecycle, [kind]: { exec: { command } } } }
      : it;
  return (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(change),
      initContainers: pod.spec.initContainers?.map(change),
    },
  });
}
