/**
 * Decides a pod's phase from the states of its containers.
 * After getPhase in pkg/kubelet/kubelet_pods.go. Left out: static pods.
 */
import type { Pod } from '../../manifest/index.ts';
import { initContainersOf, isSidecar } from './pod-life.ts';
import type { ContainerStatus, Phase, PodStatus } from './pod-status.ts';
import { REMOVED_FOR_RESTART } from './restart-all.ts';
import { initRestartsAfterFailure, restartsAfterExit } from './restart-policy.ts';

/**
 * The phase; `begun` once the sandbox has main containers, `ending` once the pod is being stopped,
 * when no restart policy counts any more.
 */
export function phaseOf(pod: Pod, status: PodStatus, begun: boolean, ending: boolean): Phase {
  const init = lookAtInit(pod, status);
  if (init.failed) return 'Failed';
  if (init.pending) return 'Pending';
  if (init.pendingSidecar && !begun) return 'Pending';
  const main = lookAtMain(pod, status);
  const running = main.running + init.runningSidecars;
  if (main.waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (main.stopped === 0) return 'Pending';
  if (ending) return main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
  if (main.restarting > 0) return 'Running';
  return main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
}

function lookAtInit(pod: Pod, status: PodStatus) {
  const seen = { failed: false, pending: false, pendingSidecar: false, runningSidecars: 0 };
  for (const container of initContainersOf(pod)) {
    const own = status.init.find((it) => it.name === container.name);
    if (isSidecar(container)) {
      if (own?.state.kind === 'running') {
        seen.runningSidecars++;
        if (!own.started) seen.pendingSidecar = true;
      } else if (own?.state.kind !== 'terminated' && own?.lastState === undefined) {
        seen.pending = true;
      }
      continue;
    }
    const exitCode = own === undefined ? undefined : lastExitCode(own);
    // One that is tried again is neither: the main containers behind it wait, and decide.
    if (exitCode === undefined) seen.pending = true;
    else if (exitCode !== 0 && !removedForRestart(own)) {
      seen.failed ||= !initRestartsAfterFailure(pod, container, exitCode);
    }
  }
  return seen;
}

function lookAtMain(pod: Pod, status: PodStatus) {
  const seen = { running: 0, waiting: 0, stopped: 0, succeeded: 0, restarting: 0 };
  for (const container of pod.spec.containers) {
    const own = status.main.find((it) => it.name === container.name);
    if (own?.state.kind === 'running') {
      seen.running++;
      continue;
    }
    const exitCode = own === undefined ? undefined : lastExitCode(own);
    if (exitCode === undefined) {
      seen.waiting++;
      continue;
    }
    seen.stopped++;
    if (own?.state.kind === 'terminated' && exitCode === 0) seen.succeeded++;
    if (own?.state.kind === 'waiting' || restartsAfterExit(pod, container, exitCode)) {
      seen.restarting++;
    }
  }
  return seen;
}

/** Removed by RestartAllContainers: it starts again whatever its policy says. */
function removedForRestart(status: ContainerStatus | undefined): boolean {
  return (
    status?.state.kind === 'waiting' && status.lastState?.reason === REMOVED_FOR_RESTART.reason
  );
}

function lastExitCode(status: ContainerStatus): number | undefined {
  if (status.state.kind === 'running') return undefined;
  if (status.state.kind === 'terminated') return status.state.exitCode;
  return status.lastState?.exitCode;
}
