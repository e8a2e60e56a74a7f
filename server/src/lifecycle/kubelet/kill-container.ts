/**
 * Decides how one container is stopped: the grace that counts for it, preStop, its turn, and at
 * least two seconds.
 * After killContainer in pkg/kubelet/kuberuntime/kuberuntime_container.go.
 */
import type { Container, Pod } from '../../manifest/index.ts';
import { type Process, Signal } from './clock.ts';
import type { KillReason } from './compute-actions.ts';
import { runHook } from './hooks.ts';
import type { PodLife } from './pod-life.ts';
import type { RuntimeContainer } from './runtime-view.ts';
import { type TerminationOrder, wholeSeconds } from './termination-order.ts';

/** Whatever is left of the grace, a container gets this long. */
const MINIMUM_GRACE_SECONDS = 2;

export interface ContainerKill {
  readonly running: RuntimeContainer;
  readonly container: Container;
  readonly message?: string;
  readonly reason: KillReason;
  /** Set where the whole pod ends: then no probe's value counts. */
  readonly grace?: number;
  /** RestartAllContainers: no hook, no grace. */
  readonly abrupt?: boolean;
}

/** Stops a container and waits until it has. */
export function* killContainer(
  life: PodLife,
  kill: ContainerKill,
  order?: TerminationOrder,
): Process {
  const { running, container } = kill;
  const message = kill.message ?? `Stopping container ${container.name}`;
  life.events.normal('Killing', message, container.name);
  let grace = kill.abrupt === true ? 0 : (kill.grace ?? ownGrace(life, container, kill.reason));
  if (grace > 0) grace -= yield* runPreStop(life, container, running, grace);
  if (order !== undefined && grace > 0) grace -= yield* order.waitForTurn(container.name, grace);
  yield* life.runtime.stop(running, Math.max(grace, MINIMUM_GRACE_SECONDS));
  order?.ended(container.name);
}

/** The grace that the pod itself asks for. */
export function graceOfSpec({ spec }: Pod): number {
  const own = spec.terminationGracePeriodSeconds;
  return typeof own === 'number' ? own : 30;
}

/**
 * The grace of a container that is killed by a step: a delete during the step does not change it,
 * for the step has the pod as it was.
 */
function ownGrace(life: PodLife, container: Container, reason: KillReason): number {
  const probe =
    reason === 'liveness'
      ? container.livenessProbe
      : reason === 'startup'
        ? container.startupProbe
        : undefined;
  const own = probe?.terminationGracePeriodSeconds;
  return typeof own === 'number' ? own : graceOfSpec(life.pod());
}

/** Runs preStop, at most for the grace; the whole seconds it took. */
function* runPreStop(
  life: PodLife,
  container: Container,
  running: RuntimeContainer,
  grace: number,
): Process<number> {
  const handler = container.lifecycle?.preStop;
  if (handler === undefined) return 0;
  const { clock } = life.node;
  const begun = clock.now;
  const ended = new Signal();
  clock.spawn(runHook(life, container, running, handler, 'preStop'), (failure) => {
    if (failure !== undefined) {
      life.events.warning('FailedPreStopHook', 'PreStopHook failed', container.name);
    }
    ended.fire();
  });
  yield { signal: ended, seconds: grace };
  return wholeSeconds(clock.now - begun);
}
