/**
 * Decides one step of a pod that is to run: report, check, make the sandbox, kill and start
 * containers, one after the other and without interruption.
 * After SyncPod in pkg/kubelet/kubelet.go and pkg/kubelet/kuberuntime/kuberuntime_manager.go.
 */
import type { Container } from '../../manifest/index.ts';
import type { Process } from './clock.ts';
import { computeActions, type PodActions } from './compute-actions.ts';
import { generateStatus } from './generate-status.ts';
import { graceOfSpec, killContainer } from './kill-container.ts';
import { admit } from './node-admission.ts';
import { initContainersOf, isSidecar, type PodLife } from './pod-life.ts';
import { containerNamed, isTerminal } from './pod-status.ts';
import type { RuntimeView } from './runtime-view.ts';
import { startContainer, type StartFailure } from './start-container.ts';
import { killPod } from './terminate-pod.ts';

/** The wait for volumes looks again every 300 ms, and is given up after 2 min 3 s. */
const VOLUME_POLL_SECONDS = 0.3;
const VOLUME_WAIT_SECONDS = 123;

export interface StepResult {
  /** The pod is over: the next step stops it. */
  readonly terminal?: boolean;
  readonly error: boolean;
  /** Where all that failed was a back-off: when the first ends. */
  readonly until?: number;
  /** The step did something and all of it succeeded. */
  readonly acted?: boolean;
}

export function* syncPod(life: PodLife, view: RuntimeView): Process<StepResult> {
  if (life.status.current === undefined && !admit(life)) return { error: false };
  const status = generateStatus(life, view, false);
  life.status.set(status);
  if (isTerminal(status.phase)) return { terminal: true, error: false };
  const actions = computeActions(life, view);
  yield life.node.timing.stepSeconds / 4;
  life.configuration?.reprocess();
  if (!life.probes.added && (life.pod().spec.volumes ?? []).length > 0) {
    const waited = yield* waitForVolumes(life);
    if (waited !== 'mounted') return { error: waited === 'timed out' };
  }
  life.probes.addPod();
  return yield* act(life, view, actions);
}

/** WaitForAttachAndMount: the one wait of a step that a delete ends, as nothing has been made yet. */
function* waitForVolumes({
  worker,
  configuration,
}: PodLife): Process<'mounted' | 'timed out' | 'deleted'> {
  for (let waited = 0; waited < VOLUME_WAIT_SECONDS; waited += VOLUME_POLL_SECONDS) {
    if (yield { signal: worker.cancelled, seconds: VOLUME_POLL_SECONDS }) return 'deleted';
    if (configuration?.mounted !== false) return 'mounted';
  }
  return 'timed out';
}

function* act(life: PodLife, view: RuntimeView, actions: PodActions): Process<StepResult> {
  if (actions.killPod) {
    yield* killPod(life, view, graceOfSpec(life.pod()));
    return { error: false, acted: true };
  }
  if (actions.restartAll) {
    yield* removeAll(life, view);
    life.worker.update();
    return { error: false, acted: true };
  }
  for (const { view: it, ...kill } of actions.kill) {
    const running = life.runtime.find(it.id);
    if (running !== undefined) yield* killContainer(life, { running, ...kill });
  }
  if (actions.createSandbox) {
    const error = yield* life.runtime.runSandbox();
    if (error !== undefined) {
      // No failure where the pod has been deleted meanwhile.
      if (life.worker.ending) return { error: false, acted: true };
      const text = `Failed to create pod sandbox: rpc error: code = Unknown desc = ${error}`;
      life.events.warning('FailedCreatePodSandBox', text);
      return { error: true };
    }
    life.status.setSandboxReady();
  }
  return yield* startAll(life, view, actions);
}

function* startAll(life: PodLife, view: RuntimeView, actions: PodActions): Process<StepResult> {
  const failures: StartFailure[] = [];
  const start = function* (container: Container): Process<boolean> {
    yield life.node.timing.stepSeconds / 2;
    const failure = yield* startContainer(life, container, view);
    if (failure !== undefined) failures.push(failure);
    return failure === undefined;
  };
  let acted = actions.createSandbox || actions.kill.length > 0;
  for (const container of actions.startInit) {
    const started = yield* start(container);
    acted ||= started;
    if (!started && !isSidecar(container)) return resultOf(failures, acted);
  }
  for (const { view: it, container } of actions.update) {
    const running = life.runtime.find(it.id);
    if (running !== undefined) life.runtime.updateResources(running, container.resources);
  }
  for (const container of actions.startMain) {
    const started = yield* start(container);
    acted ||= started;
  }
  return resultOf(failures, acted);
}

function resultOf(failures: readonly StartFailure[], acted: boolean): StepResult {
  if (failures.length === 0) return { error: false, acted };
  const ends = failures.map((it) => it.until).filter((it) => it !== undefined);
  return ends.length === 0 ? { error: true } : { error: true, until: Math.min(...ends) };
}

/** RestartAllContainers: kills one by one from the last, without hooks, and removes everything. */
function* removeAll(life: PodLife, view: RuntimeView): Process {
  const pod = life.pod();
  const names = [...initContainersOf(pod), ...pod.spec.containers].map((it) => it.name);
  for (const name of names.toReversed()) {
    const newest = view.containers.find((it) => it.name === name);
    const container = containerNamed(pod, name);
    const running = newest === undefined ? undefined : life.runtime.find(newest.id);
    if (running?.state === 'running' && container !== undefined) {
      const kill = { running, container, message: 'killing', reason: 'other', abrupt: true };
      yield* killContainer(life, kill as Parameters<typeof killContainer>[1]);
    }
  }
  const counted = new Set<string>();
  for (const it of life.runtime.view().containers) {
    life.runtime.remove(it.id);
    if (counted.has(it.name)) continue;
    counted.add(it.name);
    life.worker.countRestart(it.name, it.attempt);
    life.removedForRestart.add(it.name);
  }
}
