/**
 * Decides what of the kubelet's view reaches the API, and when: one write at a time, later versions
 * swallow earlier ones, and no terminal phase while containers may run.
 * After pkg/kubelet/status/status_manager.go.
 */
import { containersReady, ready, readinessOfPhase, readyToStartContainers } from './conditions.ts';
import { truncatedToSecond } from './active-deadline.ts';
import type { PodLife } from './pod-life.ts';
import {
  allStatuses,
  type ContainerStatus,
  isTerminal,
  isTrue,
  type PodStatus,
  sameCondition,
  sameState,
  withConditions,
} from './pod-status.ts';

/** The kubelet's statuses of one pod. */
export class StatusManager {
  readonly #life: PodLife;
  current: PodStatus | undefined;
  #version = 0;
  #written = 0;
  #writing = false;
  /** The pod has no containers left and may be removed from the API. */
  #finished = false;

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** Takes a newly generated status. */
  set(status: PodStatus): void {
    const { clock } = this.#life.node;
    const startTime = this.current?.startTime ?? truncatedToSecond(this.#life, clock.now);
    this.#update({ ...status, startTime }, this.#life.worker.ending);
  }

  /** The sandbox stands: said before any image is pulled. */
  setSandboxReady(): void {
    if (this.current === undefined) return;
    const condition = readyToStartContainers(true);
    const conditions = withConditions(this.current.conditions, [condition]);
    this.#update({ ...this.current, conditions }, false);
  }

  setReady(id: number, value: boolean): void {
    this.#setContainer(id, (it) => (it.ready === value ? it : { ...it, ready: value }));
  }

  setStarted(id: number, value: boolean): void {
    this.#setContainer(id, (it) => (it.started === value ? it : { ...it, started: value }));
  }

  /** The kubelet is done with the pod: a last write, and the removal of a deleted one. */
  terminate(): void {
    if (this.current === undefined) return;
    const { phase } = this.current;
    this.#finished = true;
    this.#update({ ...this.current, phase: isTerminal(phase) ? phase : 'Failed' }, true);
  }

  /** Writes what is newest, again until nothing newer came meanwhile. */
  write(): void {
    if (this.#writing) return;
    this.#writing = true;
    const { clock, timing } = this.#life.node;
    clock.after(timing.writeLagSeconds, () => this.#writeOnce());
  }

  #writeOnce(): void {
    const { clock, timing } = this.#life.node;
    const status = this.current;
    const version = this.#version;
    const last = this.#finished;
    clock.after(timing.writeSeconds, () => {
      this.#written = version;
      if (status !== undefined) this.#apply(status, last);
      if (this.#written < this.#version) this.#writeOnce();
      else this.#writing = false;
    });
  }

  #apply(status: PodStatus, last: boolean): void {
    const { object, worker } = this.#life;
    if (!object.exists) return;
    const merged = mergeStatus(object.status, status, !worker.stopped);
    object.applyStatus(merged);
    if (object.deletionGrace !== undefined && last) object.finalDelete();
  }

  #setContainer(id: number, change: (it: ContainerStatus) => ContainerStatus): void {
    const old = this.current;
    if (old === undefined || !allStatuses(old).some((it) => it.id === id)) return;
    const edit = (list: readonly ContainerStatus[]) =>
      list.map((it) => (it.id === id ? change(it) : it));
    const status = { ...old, init: edit(old.init), main: edit(old.main) };
    const pod = this.#life.pod();
    const conditions = withConditions(status.conditions, [
      ready(pod, status),
      containersReady(pod, status),
    ]);
    this.#update({ ...status, conditions }, false);
  }

  #update(status: PodStatus, force: boolean): void {
    const old = this.current;
    this.current = status;
    if (old !== undefined && !force && sameStatus(old, status)) return;
    this.#version++;
    this.write();
  }
}

/** Whether two statuses say the same: an equal one is not written again. */
function sameStatus(a: PodStatus, b: PodStatus): boolean {
  return (
    a.phase === b.phase &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.podIP === b.podIP &&
    a.startTime === b.startTime &&
    sameList(a.conditions, b.conditions, sameCondition) &&
    sameList(a.init, b.init, sameContainer) &&
    sameList(a.main, b.main, sameContainer)
  );
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((it, index) => same(it, b[index] as T));
}

function sameContainer(a: ContainerStatus, b: ContainerStatus): boolean {
  return (
    a.id === b.id &&
    a.ready === b.ready &&
    a.started === b.started &&
    a.restartCount === b.restartCount &&
    sameState(a.state, b.state) &&
    sameState(a.lastState, b.lastState)
  );
}

function mergeStatus(old: PodStatus, status: PodStatus, mayRun: boolean): PodStatus {
  if (mayRun && isTerminal(status.phase) && !isTerminal(old.phase)) {
    return { ...status, phase: old.phase, reason: old.reason, message: old.message };
  }
  const over = readinessOfPhase(status.phase);
  if (over === undefined || !(isTrue(status, 'Ready') || isTrue(status, 'ContainersReady'))) {
    return status;
  }
  const forced = [
    { type: 'Ready', ...over },
    { type: 'ContainersReady', ...over },
  ];
  return { ...status, conditions: withConditions(status.conditions, forced) };
}
