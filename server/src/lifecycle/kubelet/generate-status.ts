/**
 * Decides the status the kubelet reports: from its view of the runtime, what it reported before,
 * the reasons of the last step and the results of the probes.
 * After generateAPIPodStatus and convertToAPIContainerStatuses in pkg/kubelet/kubelet_pods.go.
 */
import type { Container, Pod } from '../../manifest/index.ts';
import { pastDeadline } from './active-deadline.ts';
import { containersReady, initialized, ready, readyToStartContainers } from './conditions.ts';
import { initContainersOf, type PodLife } from './pod-life.ts';
import { phaseOf } from './pod-phase.ts';
import {
  type Condition,
  type ContainerState,
  type ContainerStatus,
  isKubelets,
  isTerminal,
  NEW_STATUS,
  type PodStatus,
  type Terminated,
} from './pod-status.ts';
import { couldRestartAll, restartsAfterExit } from './restart-policy.ts';
import { restartingAll, REMOVED_FOR_RESTART } from './restart-all.ts';
import type { ContainerView, RuntimeView } from './runtime-view.ts';

/** The status of now; `ending` once the pod is being stopped. */
export function generateStatus(life: PodLife, view: RuntimeView, ending: boolean): PodStatus {
  const pod = life.pod();
  const old = life.status.current ?? NEW_STATUS;
  let status: PodStatus = {
    ...old,
    podIP: old.podIP || view.sandboxReady || pod.spec.hostNetwork === true,
    init: convert(life, pod, initContainersOf(pod), old.init, view, true),
    main: convert(life, pod, pod.spec.containers, old.main, view, false),
  };
  status = life.probes.updatePodStatus(withPhase(life, status, view, old, ending));
  status = { ...status, conditions: conditionsOf(life, status, view, old) };
  const killedFor = life.worker.killedFor;
  if (killedFor === undefined || isTerminal(old.phase)) return status;
  // Said after the conditions: a pod that the kubelet evicts stays Ready until it has stopped.
  return { ...status, phase: 'Failed', ...killedFor };
}

function withPhase(
  life: PodLife,
  status: PodStatus,
  view: RuntimeView,
  old: PodStatus,
  ending: boolean,
): PodStatus {
  const pod = life.pod();
  const begun = view.sandboxReady && pod.spec.containers.some((it) => hasContainer(view, it));
  let phase = phaseOf(pod, status, begun, ending);
  if (isTerminal(old.phase)) phase = old.phase;
  let { reason, message } = phase === old.phase ? old : {};
  if (pastDeadline(life)) {
    phase = 'Failed';
    reason = 'DeadlineExceeded';
    message = 'Pod was active on the node longer than the specified deadline';
    life.events.normal(reason, message);
  }
  return { ...status, phase, reason, message };
}

function hasContainer(view: RuntimeView, { name }: Container): boolean {
  return view.containers.some((it) => it.name === name);
}

/** The kubelet's own conditions, and those of others as the API has them at this step. */
function conditionsOf(
  life: PodLife,
  status: PodStatus,
  view: RuntimeView,
  old: PodStatus,
): readonly Condition[] {
  const pod = life.pod();
  const foreign = life.object.status.conditions.filter((it) => !isKubelets(it.type));
  const owned: Condition[] = [
    readyToStartContainers(view.sandboxReady),
    initialized(pod, status, old),
    ready(pod, { ...status, conditions: foreign }),
    containersReady(pod, status),
    { type: 'PodScheduled', status: 'True' },
  ];
  if (couldRestartAll(pod)) {
    owned.push(
      restartingAll(pod, view)
        ? {
            type: 'AllContainersRestarting',
            status: 'True',
            reason: 'RestartAllContainersStarted',
            message: 'container exited with restart policy rule',
          }
        : { type: 'AllContainersRestarting', status: 'False' },
    );
  }
  return [...owned, ...foreign];
}

function convert(
  life: PodLife,
  pod: Pod,
  containers: readonly Container[],
  old: readonly ContainerStatus[],
  view: RuntimeView,
  init: boolean,
): readonly ContainerStatus[] {
  return containers.map((container) => {
    const before = old.find((it) => it.name === container.name);
    const found = view.containers.filter((it) => it.name === container.name);
    const newest = found[0];
    const status =
      newest === undefined
        ? withoutContainer(life, pod, container, before)
        : withContainer(life, newest, found[1], before);
    const shown = newest === undefined || waits(pod, container, newest, init);
    return shown ? withReason(life, status) : status;
  });
}

function withContainer(
  life: PodLife,
  newest: ContainerView,
  previous: ContainerView | undefined,
  before: ContainerStatus | undefined,
): ContainerStatus {
  return {
    name: newest.name,
    id: newest.id,
    state: stateOf(newest, before),
    lastState: previous === undefined ? before?.lastState : terminated(previous),
    ready: false,
    started: before?.started === true && newest.state === 'running',
    restartCount: newest.attempt + life.worker.restartOffset(newest.name),
    ...(life.node.stopSignals ? { stopSignal: life.runtime.find(newest.id)?.stopSignal } : {}),
  };
}

function withoutContainer(
  life: PodLife,
  pod: Pod,
  container: Container,
  before: ContainerStatus | undefined,
): ContainerStatus {
  if (life.removedForRestart.has(container.name) && before?.state.kind !== 'waiting') {
    return {
      name: container.name,
      id: 0,
      state: { kind: 'waiting', ...REMOVED_FOR_RESTART },
      lastState: {
        kind: 'terminated',
        exitCode: 137,
        ...REMOVED_FOR_RESTART,
        finishedAt: life.node.clock.now,
      },
      ready: before?.state.kind === 'terminated' && before.ready,
      started: false,
      restartCount: life.worker.restartOffset(container.name),
    };
  }
  if (before?.state.kind === 'terminated') return { ...before, ready: false };
  const reason = initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  return {
    name: container.name,
    id: 0,
    state: { kind: 'waiting', reason },
    lastState: before?.lastState,
    ready: false,
    started: false,
    restartCount: before?.restartCount ?? 0,
  };
}

/** Whether the next step would start the container: only then a reason to wait is shown. */
function waits(pod: Pod, container: Container, newest: ContainerView, init: boolean): boolean {
  if (newest.state !== 'exited') return newest.state === 'created';
  if (init && newest.exitCode === 0) return false;
  return restartsAfterExit(pod, container, newest.exitCode);
}

function withReason(life: PodLife, status: ContainerStatus): ContainerStatus {
  const why = life.reasons.get(status.name);
  if (why === undefined || life.worker.ending) return status;
  return {
    ...status,
    state: { kind: 'waiting', ...why },
    lastState: status.state.kind === 'terminated' ? status.state : status.lastState,
  };
}

function stateOf(view: ContainerView, before: ContainerStatus | undefined): ContainerState {
  if (view.state === 'running') return { kind: 'running', startedAt: view.startedAt };
  if (view.state === 'exited') return terminated(view);
  return before?.state.kind === 'waiting'
    ? before.state
    : { kind: 'waiting', reason: 'ContainerCreating' };
}

function terminated(view: ContainerView): Terminated {
  return {
    kind: 'terminated',
    exitCode: view.exitCode,
    reason: view.reason,
    ...(view.message === undefined ? {} : { message: view.message }),
    finishedAt: view.finishedAt,
  };
}
