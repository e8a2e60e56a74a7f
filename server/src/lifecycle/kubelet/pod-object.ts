/**
 * Decides what the API server holds of the pod, and says each change in the trace: status updates
 * field by field, graceful deletion, finalizers, force.
 * After pkg/registry/core/pod/strategy.go and apiserver's rest/delete.go.
 */
import type { Pod } from '../../manifest/index.ts';
import type { PodLife } from './pod-life.ts';
import {
  type Condition,
  type ContainerStatus,
  isKubelets,
  isTerminal,
  NEW_STATUS,
  type PodStatus,
  sameCondition,
  sameState,
  withConditions,
} from './pod-status.ts';

/** What a watcher of the pod is told about. */
export type PodWatcher = (old: PodStatus, now: PodStatus) => void;

/** One pod object. */
export class PodObject {
  readonly #life: PodLife;
  spec: Pod;
  status: PodStatus = { ...NEW_STATUS };
  exists = false;
  deletionGrace: number | undefined;
  /** The restart counts as text: tells one life of the containers from the next. */
  restarts = '';
  /** Whether the pod had its IP before the update that is being told. */
  hadIP = false;
  #finalizers: readonly string[];
  #patch = 0;
  #reported = new Map<string, ContainerStatus>();
  #watchers: PodWatcher[] = [];

  constructor(life: PodLife, pod: Pod) {
    this.#life = life;
    this.spec = pod;
    this.#finalizers = pod.metadata.finalizers ?? [];
  }

  watch(watcher: PodWatcher): void {
    this.#watchers.push(watcher);
  }

  create(): void {
    this.exists = true;
    this.#life.trace('api', 'create');
    this.#later(() => this.#say('phase', undefined, 'Pending', ++this.#patch));
  }

  /** Writes a status and tells what changed, field by field. */
  applyStatus(status: PodStatus): void {
    const old = this.status;
    const foreign = old.conditions.filter((it) => !isKubelets(it.type));
    this.status =
      foreign.length === 0
        ? status
        : { ...status, conditions: withConditions(status.conditions, foreign) };
    this.restarts = [...status.init, ...status.main].map((it) => it.restartCount).join(',');
    this.hadIP = old.podIP;
    const number = this.#patch + 1;
    const before = this.#life.traceLength();
    if (old.phase !== status.phase) this.#say('phase', undefined, status.phase, number);
    if (status.reason !== undefined && old.reason !== status.reason) {
      const detail = { message: status.message, reason: status.reason };
      this.#say('reason', undefined, detail, number);
    }
    if (!old.podIP && status.podIP) this.#say('podIP', undefined, 'set', number);
    for (const it of status.conditions) if (isKubelets(it.type)) this.#condition(old, it, number);
    for (const it of [...status.init, ...status.main]) this.#container(it, number);
    if (this.#life.traceLength() > before) this.#patch = number;
    this.#notify(old);
  }

  /** A client's patch of conditions. */
  patchConditions(conditions: readonly Condition[]): void {
    const old = this.status;
    this.status = { ...old, conditions: withConditions(old.conditions, conditions) };
    const number = ++this.#patch;
    for (const it of conditions) this.#condition(old, it, number);
    this.#notify(old);
  }

  /** A DELETE request. */
  delete(requested: number | undefined): void {
    if (!this.exists) return;
    const own = this.spec.spec.terminationGracePeriodSeconds;
    let grace = requested ?? (typeof own === 'number' ? own : 30);
    if (grace < 0) grace = 1;
    if (isTerminal(this.status.phase)) grace = 0;
    if (this.deletionGrace !== undefined && grace >= this.deletionGrace) return;
    this.deletionGrace = grace;
    this.#say('deletion', undefined, { gracePeriodSeconds: grace }, ++this.#patch);
    this.#notify(this.status);
    this.#life.worker.deleted(grace);
    if (grace === 0) this.#later(() => this.#remove());
  }

  /** The kubelet's own DELETE with grace 0, once nothing of the pod is left on the node. */
  finalDelete(): void {
    if (!this.exists || this.deletionGrace === 0) return;
    this.#later(() => {
      if (!this.exists) return;
      this.deletionGrace = 0;
      this.#say('deletion', undefined, { gracePeriodSeconds: 0 }, ++this.#patch);
      this.#notify(this.status);
      this.#later(() => this.#remove());
    });
  }

  removeFinalizers(): void {
    this.#finalizers = [];
    if (this.deletionGrace === 0) this.#remove();
  }

  #remove(): void {
    if (!this.exists || this.#finalizers.length > 0) return;
    this.exists = false;
    this.#say('deleted', undefined, undefined, ++this.#patch);
    this.#notify(this.status);
    this.#life.worker.removed();
  }

  #condition(old: PodStatus, now: Condition, number: number): void {
    const before = old.conditions.find((it) => it.type === now.type);
    if (before === undefined || !sameCondition(before, now)) {
      this.#say('condition', undefined, now, number);
    }
  }

  #container(now: ContainerStatus, number: number): void {
    const old = this.#reported.get(now.name);
    this.#reported.set(now.name, now);
    const tell = (what: string, detail: unknown) => this.#say(what, now.name, detail, number);
    if (!sameState(old?.state, now.state)) tell('state', stateDetail(now.state));
    if (now.lastState !== undefined && !sameState(old?.lastState, now.lastState)) {
      tell('lastState', stateDetail(now.lastState));
    }
    if (old?.ready !== now.ready) tell('ready', now.ready);
    if (old?.started !== now.started) tell('started', now.started);
    if (old?.restartCount !== now.restartCount) tell('restartCount', now.restartCount);
    if (now.stopSignal !== undefined && old?.stopSignal !== now.stopSignal) {
      tell('stopSignal', now.stopSignal);
    }
  }

  #say(what: string, container: string | undefined, detail: unknown, patch: number): void {
    this.#life.trace('status', what, container, detail, patch);
  }

  #later(act: () => void): void {
    const { clock, timing } = this.#life.node;
    clock.after(timing.stepSeconds, act);
  }

  #notify(old: PodStatus): void {
    for (const watcher of this.#watchers) watcher(old, this.status);
  }
}

function stateDetail(state: ContainerStatus['state']): unknown {
  switch (state.kind) {
    case 'running':
      return { running: {} };
    case 'waiting':
      return { waiting: { reason: state.reason, message: state.message } };
    case 'terminated':
      break;
  }
  const { exitCode, reason, message } = state;
  return { terminated: { exitCode, reason, message } };
}
