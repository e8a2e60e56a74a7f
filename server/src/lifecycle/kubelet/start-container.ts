/**
 * Decides how one container is started: back-off, image, create, start, postStart; and what is told
 * of a failure.
 * After startContainer and doBackOff in pkg/kubelet/kuberuntime/kuberuntime_{manager,container}.go.
 */
import type { Container } from '../../manifest/index.ts';
import type { Process } from './clock.ts';
import { runHook } from './hooks.ts';
import { killContainer } from './kill-container.ts';
import type { PodLife } from './pod-life.ts';
import type { RuntimeContainer, RuntimeView } from './runtime-view.ts';

/** Why a container did not start; `until` where it is only too early. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
  readonly until?: number;
}

/** Starts a container; `view` is the runtime as it was when the step began. */
export function* startContainer(
  life: PodLife,
  container: Container,
  view: RuntimeView,
): Process<StartFailure | undefined> {
  const failure = backingOff(life, container, view) ?? (yield* pullAndStart(life, container, view));
  if (failure === undefined) life.reasons.delete(container.name);
  else life.reasons.set(container.name, failure);
  return failure;
}

function backingOff(
  life: PodLife,
  container: Container,
  view: RuntimeView,
): StartFailure | undefined {
  const last = view.containers.find((it) => it.name === container.name && it.state === 'exited');
  if (last === undefined) return undefined;
  const { now } = life.node.clock;
  // A new image starts without the back-off of the old one.
  const key = `${container.name} ${container.image ?? ''}`;
  const until = life.backOff.until(key, last.finishedAt, now);
  if (until === undefined) {
    life.backOff.next(key, last.finishedAt, now);
    return undefined;
  }
  const pod = '$POD_default($UID)';
  const text = `Back-off restarting failed container ${container.name} in pod ${pod}`;
  life.events.warning('BackOff', text, container.name);
  const seconds = formatBackOff(life.backOff.seconds(key));
  const message = `back-off ${seconds} restarting failed container=${container.name} pod=${pod}`;
  return { reason: 'CrashLoopBackOff', message, until };
}

/** A duration as Go prints it: 10s, 1m20s. */
function formatBackOff(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function* pullAndStart(
  life: PodLife,
  container: Container,
  view: RuntimeView,
): Process<StartFailure | undefined> {
  const { events, runtime } = life;
  const image = yield* life.node.images.ensure(life, container);
  if (image !== undefined) {
    events.warning('Failed', `Error: ${image.reason}`, container.name);
    return image;
  }
  yield life.node.timing.stepSeconds;
  const before = view.containers.find((it) => it.name === container.name);
  const attempt = before === undefined ? 0 : before.attempt + 1;
  const environment = life.configuration?.environmentOf(container);
  if (environment && 'error' in environment) {
    events.warning('Failed', `Error: ${environment.error}`, container.name);
    return { reason: 'CreateContainerConfigError', message: environment.error };
  }
  const made = runtime.create(container, attempt, container.image ?? '');
  if (typeof made === 'string') {
    events.warning('Failed', `Error: ${made}`, container.name);
    return { reason: 'CreateContainerError', message: made };
  }
  events.normal('Created', 'Container created', container.name);
  yield life.node.timing.stepSeconds / 4;
  const error = runtime.start(made);
  life.removedForRestart.delete(container.name);
  if (error !== undefined) {
    events.warning('Failed', `Error: ${error}`, container.name);
    return { reason: 'RunContainerError', message: error };
  }
  life.configuration?.started(made, container);
  events.normal('Started', 'Container started', container.name);
  return yield* runPostStart(life, container, made);
}

function* runPostStart(
  life: PodLife,
  container: Container,
  made: RuntimeContainer,
): Process<StartFailure | undefined> {
  const handler = container.lifecycle?.postStart;
  if (handler === undefined) return undefined;
  const failed = yield* runHook(life, container, made, handler, 'postStart');
  if (failed === undefined) return undefined;
  life.events.warning('FailedPostStartHook', 'PostStartHook failed', container.name);
  yield* killContainer(life, {
    running: made,
    container,
    message: 'FailedPostStartHook',
    reason: 'other',
  });
  return { reason: 'PostStartHookError', message: failed };
}
