/**
 * Decides what one step does: which containers to kill and to start, or that the pod is to be
 * stopped.
 * After computePodActions and computeInitContainerActions in
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go. Left out: ephemeral containers.
 */
import type { Container, Pod } from '../../manifest/index.ts';
import { initContainersOf, isSidecar, type PodLife } from './pod-life.ts';
import { initRestartsAfterFailure, restartPolicyOf, restartsAfterExit } from './restart-policy.ts';
import { resizeOf } from './resize.ts';
import { restartingAll } from './restart-all.ts';
import type { ContainerView, RuntimeView } from './runtime-view.ts';

/** Why a container is killed: decides its grace. */
export type KillReason = 'liveness' | 'startup' | 'other';

export interface Kill {
  readonly view: ContainerView;
  readonly container: Container;
  readonly message: string;
  readonly reason: KillReason;
}

export interface Update {
  readonly view: ContainerView;
  readonly container: Container;
}

export interface PodActions {
  readonly createSandbox: boolean;
  readonly killPod: boolean;
  readonly restartAll: boolean;
  readonly kill: readonly Kill[];
  /** Containers that get other resources while they run. */
  readonly update: readonly Update[];
  readonly startInit: readonly Container[];
  readonly startMain: readonly Container[];
}

interface Draft {
  killPod: boolean;
  kill: Kill[];
  update: Update[];
  startInit: Container[];
  startMain: Container[];
}

export function computeActions(life: PodLife, view: RuntimeView): PodActions {
  const pod = life.pod();
  const draft: Draft = { killPod: false, kill: [], update: [], startInit: [], startMain: [] };
  const actions = { createSandbox: false, restartAll: false };
  if (!view.sandboxReady) return withoutSandbox(pod, view, draft);
  if (restartingAll(pod, view)) return { ...actions, ...draft, restartAll: true };
  const initDone = initActions(life, pod, view, draft);
  if (!draft.killPod && initDone) mainActions(life, pod, view, draft);
  return { ...actions, ...draft };
}

function withoutSandbox(pod: Pod, view: RuntimeView, draft: Draft): PodActions {
  const restarts = pod.spec.restartPolicy !== 'Never';
  if (view.sandboxMade && !restarts && view.containers.length > 0) {
    return { createSandbox: false, restartAll: false, ...draft, killPod: true };
  }
  const [first] = initContainersOf(pod);
  if (first === undefined) draft.startMain.push(...pod.spec.containers);
  else draft.startInit.push(first);
  return { createSandbox: true, restartAll: false, ...draft };
}

function newest(view: RuntimeView, container: Container): ContainerView | undefined {
  return view.containers.find((it) => it.name === container.name);
}

/** Looks at the init containers, the last first; true when initialization is done. */
function initActions(life: PodLife, pod: Pod, view: RuntimeView, draft: Draft): boolean {
  const all = initContainersOf(pod);
  if (all.length === 0) return true;
  let done = pod.spec.containers.some((it) => newest(view, it)?.state === 'running');
  let before = done;
  for (let index = all.length - 1; index >= 0; index--) {
    const container = all[index];
    if (container === undefined) continue;
    const status = newest(view, container);
    if (status === undefined) {
      if (before && isSidecar(container)) draft.startInit.push(container);
      continue;
    }
    const next = all[index + 1];
    const step = isSidecar(container)
      ? sidecarActions(life, container, status, draft)
      : before
        ? 'waiting'
        : regularInitActions(pod, container, status, draft);
    if (step === 'failed') return false;
    if (step === 'passed' && !before) {
      if (next === undefined) done = true;
      else draft.startInit.push(next);
    }
    before = true;
  }
  if (!before && all[0] !== undefined) draft.startInit.push(all[0]);
  draft.startInit.reverse();
  return done;
}

type InitStep = 'waiting' | 'passed' | 'failed';

function regularInitActions(
  pod: Pod,
  container: Container,
  status: ContainerView,
  draft: Draft,
): InitStep {
  if (status.state !== 'exited') return 'waiting';
  if (status.exitCode === 0) return 'passed';
  if (initRestartsAfterFailure(pod, container, status.exitCode)) {
    draft.startInit.push(container);
    return 'waiting';
  }
  draft.killPod = true;
  draft.startInit = [];
  return 'failed';
}

function sidecarActions(
  life: PodLife,
  container: Container,
  status: ContainerView,
  draft: Draft,
): InitStep {
  if (status.state === 'exited') {
    draft.startInit.push(container);
    return 'waiting';
  }
  if (status.state !== 'running') return 'waiting';
  const restart = (message: string, reason: KillReason) => {
    draft.kill.push({ view: status, container, message, reason });
    draft.startInit.push(container);
  };
  if (container.startupProbe !== undefined) {
    const startup = life.probes.result('startup', status.id);
    if (startup === 'Failure') {
      const message = `Init container ${container.name} failed startup probe`;
      restart(message, 'startup');
    }
    if (startup !== 'Success') return 'waiting';
  }
  if (changed(container, status)) {
    restart(`Init container ${container.name} definition changed`, 'other');
  } else if (life.probes.result('liveness', status.id) === 'Failure') {
    restart(`Init container ${container.name} failed liveness probe`, 'liveness');
  }
  return 'passed';
}

function mainActions(life: PodLife, pod: Pod, view: RuntimeView, draft: Draft): void {
  let kept = 0;
  for (const container of pod.spec.containers) {
    const status = newest(view, container);
    if (status?.state !== 'running') {
      const starts = status === undefined || restartsAfterExit(pod, container, status.exitCode);
      if (starts) draft.startMain.push(container);
      continue;
    }
    const why = reasonToKill(life, container, status);
    if (why === undefined) {
      if (resizeOf(container, status.resources) === 'update') {
        draft.update.push({ view: status, container });
      }
      kept++;
      continue;
    }
    const restart = why.always || restartPolicyOf(pod, container) !== 'Never';
    const message = restart ? `${why.message}, will be restarted` : why.message;
    if (restart) draft.startMain.push(container);
    draft.kill.push({ view: status, container, message, reason: why.reason });
  }
  if (kept === 0 && draft.startMain.length === 0) {
    draft.killPod = true;
    draft.startInit = [];
  }
}

function reasonToKill(
  life: PodLife,
  container: Container,
  status: ContainerView,
): { message: string; reason: KillReason; always: boolean } | undefined {
  const name = `Container ${container.name}`;
  if (changed(container, status)) {
    return { message: `${name} definition changed`, reason: 'other', always: true };
  }
  if (life.probes.result('liveness', status.id) === 'Failure') {
    return { message: `${name} failed liveness probe`, reason: 'liveness', always: false };
  }
  if (life.probes.result('startup', status.id) === 'Failure') {
    return { message: `${name} failed startup probe`, reason: 'startup', always: false };
  }
  if (resizeOf(container, status.resources) === 'restart') {
    return { message: `${name} resize requires restart`, reason: 'other', always: true };
  }
  return undefined;
}

function changed(container: Container, status: ContainerView): boolean {
  return (container.image ?? '') !== status.image;
}
