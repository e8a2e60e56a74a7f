/**
 * Decides what the container runtime does with the kubelet's calls: sandbox, containers, commands,
 * stops. A stop sends the signal once, waits, and kills at its time-out.
 * Left out: image file systems, cgroups but for memory.
 */
import type { Container } from '../../manifest/index.ts';
import { appOf, runCommand } from './app-behaviour.ts';
import { connect } from './app-connections.ts';
import { type Process, Signal } from './clock.ts';
import { ageOf, commandView, execSync, LONG_CALL } from './exec-sync.ts';
import { probedContainers, type PodLife } from './pod-life.ts';
import { PodMemory } from './pod-memory.ts';
import { PodStorage } from './pod-storage.ts';
import {
  snapshot,
  type ExecResult,
  type RuntimeContainer,
  type RuntimeView,
} from './runtime-view.ts';

/** The runtime's side of one pod. */
export class RuntimePod {
  readonly #life: PodLife;
  readonly memory: PodMemory;
  readonly storage: PodStorage;
  sandbox: 'none' | 'ready' | 'stopped' = 'none';
  #containers: RuntimeContainer[] = [];
  #made = new Map<string, number>();
  #sandboxFailures = 0;
  #nextId = 1;
  #view: RuntimeView | undefined;
  #counts: string | undefined;

  constructor(life: PodLife) {
    this.#life = life;
    this.memory = new PodMemory(life, (it) => this.#exit(it, 137, 'oom'));
    this.storage = new PodStorage(life);
  }

  /** A snapshot: the same one until something changes. */
  view(): RuntimeView {
    this.#view ??= {
      sandboxReady: this.sandbox === 'ready',
      sandboxMade: this.sandbox !== 'none',
      containers: this.#containers.map(snapshot),
    };
    return this.#view;
  }

  find(id: number): RuntimeContainer | undefined {
    return this.#containers.find((it) => it.id === id);
  }

  get anyRunning(): boolean {
    return this.#containers.some((it) => it.state === 'running');
  }

  /** Whether a main container or sidecar accepts connections. */
  get anyServes(): boolean {
    const lasting = new Set(probedContainers(this.#life.pod()).map((it) => it.name));
    return this.#containers.some((it) => {
      const { http, startDelay, listens, listenDelay } = it.app;
      const opens = http
        ? http.late
          ? startDelay
          : 0
        : listens.length > 0
          ? listenDelay
          : Infinity;
      return lasting.has(it.name) && it.state === 'running' && ageOf(this.#life, it) >= opens;
    });
  }

  /** How often containers have been made: part of what tells one life from the next. */
  startCounts(): string {
    this.#counts ??= [...this.#made.values()].join(',');
    return this.#counts;
  }

  *runSandbox(): Process<string | undefined> {
    const { trace, node } = this.#life;
    const sandbox = node.scenario.behaviour?.sandbox;
    const delay = sandbox?.delay ?? 0;
    const failing =
      sandbox?.fail !== undefined && this.#sandboxFailures < (sandbox.failTimes ?? Infinity);
    const error = failing ? sandbox.fail : undefined;
    const long = delay > LONG_CALL;
    trace('cri', 'RunPodSandbox', undefined, { attempt: 0, ...(!long && error ? { error } : {}) });
    if (delay > 0) yield delay;
    if (long) trace('cri', 'RunPodSandbox.end', undefined, { attempt: 0, error, took: delay });
    if (failing) {
      this.#sandboxFailures++;
      return error;
    }
    this.sandbox = 'ready';
    this.#view = undefined;
    yield node.timing.stepSeconds;
    return undefined;
  }

  create(container: Container, attempt: number, image: string): RuntimeContainer | string {
    const made = this.#made.get(container.name) ?? 0;
    this.#made.set(container.name, made + 1);
    this.#counts = undefined;
    const app = appOf(this.#life.node.scenario.behaviour, container, made);
    const stopSignal = this.#life.node.stopSignals ? stopSignalOf(container) : undefined;
    const imageRef = this.#life.node.images.digestOf(image);
    const detail = { attempt, stopSignal, imageRef, error: app.createFail };
    this.#life.trace('cri', 'CreateContainer', container.name, detail);
    if (app.createFail !== undefined) return app.createFail;
    const created: RuntimeContainer = {
      id: this.#nextId++,
      name: container.name,
      attempt,
      image,
      resources: container.resources,
      app,
      stopSignal: stopSignal ?? app.stopSignal,
      exited: new Signal(),
      calls: new Map(),
      state: 'created',
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: undefined,
      signalled: false,
    };
    this.#containers.unshift(created);
    this.#view = undefined;
    return created;
  }

  start(container: RuntimeContainer): string | undefined {
    const { trace, node } = this.#life;
    const { startFail, runFor, exitCode, oomKilled } = container.app;
    const detail = { attempt: container.attempt, error: startFail };
    trace('cri', 'StartContainer', container.name, detail);
    container.startedAt = node.clock.now;
    this.#view = undefined;
    if (startFail !== undefined) {
      container.state = 'exited';
      container.finishedAt = node.clock.now;
      container.exitCode = 128;
      container.reason = 'StartError';
      container.message = startFail;
      container.exited.fire();
      return startFail;
    }
    container.state = 'running';
    this.storage.started(container);
    this.memory.started(container);
    if (runFor !== undefined) {
      const end = () =>
        oomKilled ? this.#exit(container, 137, 'oom') : this.#exit(container, exitCode, 'self');
      if (runFor === 0) end();
      else node.clock.after(runFor + node.timing.appSeconds, end);
    }
    connect(this.#life, container, (code) => this.#exit(container, code, 'self'));
    return undefined;
  }

  /** Stops a container: the signal, the wait, the kill at the time-out. */
  *stop(container: RuntimeContainer, timeout: number): Process {
    const { trace, node } = this.#life;
    const begun = node.clock.now;
    trace('cri', 'StopContainer', container.name, { attempt: container.attempt, timeout });
    if (container.state !== 'running') return;
    if (!container.signalled) this.#signal(container);
    if (this.#isRunning(container)) {
      const ended = yield { signal: container.exited, seconds: timeout };
      if (!ended && this.#isRunning(container)) {
        trace('app', 'signal', container.name, { attempt: container.attempt, signal: 'SIGKILL' });
        this.#exit(container, 137, 'kill');
      }
    }
    const took = round(node.clock.now - begun);
    if (took > LONG_CALL) {
      trace('cri', 'StopContainer.end', container.name, { attempt: container.attempt, took });
    }
  }

  stopSandbox(): void {
    this.#life.trace('cri', 'StopPodSandbox');
    for (const it of this.#containers) if (it.state === 'running') this.#exit(it, 137, 'kill');
    if (this.sandbox === 'ready') this.sandbox = 'stopped';
    this.#view = undefined;
  }

  remove(id: number): void {
    const found = this.find(id);
    if (found === undefined) return;
    this.#life.trace('cri', 'RemoveContainer', found.name, { attempt: found.attempt });
    this.storage.removed(found);
    this.#containers = this.#containers.filter((it) => it !== found);
    this.#view = undefined;
  }

  /** Changes what a running container may use. */
  updateResources(container: RuntimeContainer, resources: Container['resources']): void {
    const { attempt } = container;
    this.#life.trace('cri', 'UpdateContainerResources', container.name, { attempt });
    container.resources = resources;
    this.memory.resized();
    this.#view = undefined;
  }

  /** Runs a command in a container: until it ends, its container dies or its time is over. */
  exec(
    container: RuntimeContainer,
    command: readonly string[],
    kind: string,
    timeout?: number,
  ): Process<ExecResult> {
    const quit = () => this.#exit(container, container.app.exitCode, 'self');
    return execSync(this.#life, container, { command, kind, timeout, quit });
  }

  /** What an HTTP or TCP call to the app meets: a status, or undefined where nothing listens. */
  request(container: RuntimeContainer, port: number, path: string): number | undefined {
    const { http, startDelay } = container.app;
    if (container.state !== 'running') return undefined;
    if (http === undefined || (http.port !== undefined && http.port !== port)) {
      return this.#life.network.isBound(port) ? 200 : undefined;
    }
    const view = commandView(this.#life, container, path);
    if (http.late && view.age < startDelay) return undefined;
    if (path === '/ready') return runCommand(['ready'], view).exitCode === 0 ? 200 : 503;
    const status = /^\/status\/(\d{3})$/.exec(path);
    return status === null ? 200 : Number(status[1]);
  }

  /** How long the app will not answer a request that it takes now. */
  silence(container: RuntimeContainer): number {
    const { from, until } = container.app.silent ?? { from: 0, until: 0 };
    const age = ageOf(this.#life, container);
    return container.state === 'running' && age >= from ? Math.max(0, until - age) : 0;
  }

  #isRunning(container: RuntimeContainer): boolean {
    return container.state === 'running';
  }

  #signal(container: RuntimeContainer): void {
    const { trace, node } = this.#life;
    container.signalled = true;
    const { attempt, stopSignal } = container;
    trace('app', 'signal', container.name, { attempt, signal: stopSignal });
    const { onTerm, drainsOn = stopSignal } = container.app;
    if (drainsOn !== stopSignal) return this.#exit(container, 0, 'term');
    if (onTerm === undefined) return;
    const end = () => this.#exit(container, onTerm.exitCode, 'term');
    if (onTerm.seconds === 0) end();
    else node.clock.after(onTerm.seconds + node.timing.appSeconds, end);
  }

  #exit(container: RuntimeContainer, exitCode: number, cause: string): void {
    if (container.state !== 'running') return;
    this.#view = undefined;
    container.state = 'exited';
    container.exitCode = exitCode;
    container.finishedAt = this.#life.node.clock.now;
    container.reason = cause === 'oom' ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
    const detail = { attempt: container.attempt, cause, exitCode };
    this.#life.trace('app', 'exit', container.name, detail);
    this.storage.ended(container);
    this.memory.ended(container);
    container.exited.fire();
  }
}

function stopSignalOf(container: Container): string | undefined {
  return (container.lifecycle as { stopSignal?: string } | undefined)?.stopSignal;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
