/**
 * Decides what the probes say of each container: the workers, their results, and how these reach
 * the status and the worker.
 * After pkg/kubelet/prober/prober_manager.go, prober/results and kubelet.go's handleProbeSync.
 */
import type { Container, Probe } from '../../manifest/index.ts';
import { type PodLife, probedContainers } from './pod-life.ts';
import type { ContainerStatus, PodStatus } from './pod-status.ts';
import { ProbeWorker } from './probe-worker.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';
export type ProbeResult = 'Success' | 'Failure' | 'Unknown';

const KINDS = ['startup', 'readiness', 'liveness'] as const;

/** The probes of one pod. */
export class ProbeManager {
  readonly #life: PodLife;
  /** The pod has been started with: its volumes are mounted. */
  added = false;
  #workers = new Map<string, ProbeWorker>();
  #results = new Map<string, ProbeResult>();

  constructor(life: PodLife) {
    this.#life = life;
  }

  /**
   * Starts a worker for each probe: before any container runs. Each step asks for them again, so
   * those that gave up come back; a worker that still runs hides those after it.
   */
  addPod(): void {
    this.added = true;
    for (const container of probedContainers(this.#life.pod())) {
      for (const kind of KINDS) {
        const spec = probeOf(container, kind);
        if (spec === undefined) continue;
        const key = `${container.name}/${kind}`;
        if (this.#workers.has(key)) return;
        const worker = new ProbeWorker(this.#life, container, kind, spec);
        this.#workers.set(key, worker);
        this.#life.node.clock.spawn(worker.run(), () => this.#workers.delete(key));
      }
    }
  }

  result(kind: ProbeKind, id: number): ProbeResult | undefined {
    return this.#results.get(`${id}/${kind}`);
  }

  /** A worker's result: a change is told to the status and makes a step. */
  setResult(kind: ProbeKind, id: number, result: ProbeResult): void {
    const key = `${id}/${kind}`;
    if (this.#results.get(key) === result) return;
    this.#results.set(key, result);
    const { clock, timing } = this.#life.node;
    clock.after(timing.stepSeconds / 4, () => {
      const { status, worker } = this.#life;
      if (kind === 'readiness') status.setReady(id, result === 'Success');
      if (kind === 'startup') status.setStarted(id, result === 'Success');
      if (kind !== 'liveness' || result === 'Failure') worker.update();
    });
  }

  forget(kind: ProbeKind, id: number): void {
    this.#results.delete(`${id}/${kind}`);
  }

  /** Main containers only: the probes of sidecars go on. */
  stopLivenessAndStartup(): void {
    for (const container of this.#life.pod().spec.containers) {
      this.#workers.get(`${container.name}/startup`)?.stop();
      this.#workers.get(`${container.name}/liveness`)?.stop();
    }
  }

  stopAll(): void {
    for (const worker of this.#workers.values()) worker.stop();
  }

  /** Puts started and ready into a status; asks for a readiness probe where it is missing. */
  updatePodStatus(status: PodStatus): PodStatus {
    const probed = new Set(probedContainers(this.#life.pod()).map((it) => it.name));
    const update = (it: ContainerStatus): ContainerStatus => {
      const started = this.#started(it);
      if (!probed.has(it.name)) {
        const done = it.state.kind === 'terminated' && it.state.exitCode === 0;
        return { ...it, started, ready: done || it.ready };
      }
      return { ...it, started, ready: started && this.#ready(it) };
    };
    return { ...status, init: status.init.map(update), main: status.main.map(update) };
  }

  #started(status: ContainerStatus): boolean {
    if (status.state.kind !== 'running') return false;
    const result = this.result('startup', status.id);
    if (result !== undefined) return result === 'Success';
    return status.started || !this.#workers.has(`${status.name}/startup`);
  }

  #ready(status: ContainerStatus): boolean {
    if (this.result('readiness', status.id) === 'Success') return true;
    const worker = this.#workers.get(`${status.name}/readiness`);
    if (worker === undefined) return true;
    worker.trigger();
    return false;
  }
}

function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  if (kind === 'startup') return container.startupProbe;
  return kind === 'readiness' ? container.readinessProbe : container.livenessProbe;
}
