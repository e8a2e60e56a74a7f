/**
 * Decides what one pod has on its node's disk, as the kubelet's statistics count it: logs of all
 * attempts that are kept, the writable layers of running containers, emptyDirs on disk.
 * After pkg/kubelet/stats/{cri_stats_provider,host_stats_provider,helper}.go.
 * Left out: writable layers are counted at most 10 s late by the runtime; here they are not.
 */
import { bytesAt, type Running } from './growth.ts';
import { LogFiles, type LogLimits } from './log-files.ts';
import type { PodLife } from './pod-life.ts';
import type { RuntimeContainer } from './runtime-view.ts';

/** What one container has written to its own place. */
interface Written {
  readonly container: RuntimeContainer;
  readonly logs: LogFiles;
  readonly layer: Running;
}

const NOTHING = {};

export class PodStorage {
  readonly #life: PodLife;
  #written: Written[] = [];
  /** By volume: what each process wrote there, until it ended. */
  #volumes = new Map<string, { readonly running: Running; readonly by: RuntimeContainer }[]>();
  /** How much was in each volume when the kubelet last looked there. */
  #seen = new Map<string, number>();

  constructor(life: PodLife) {
    this.#life = life;
  }

  started(container: RuntimeContainer): void {
    const { writes, logsCompressTo } = container.app;
    const since = this.#life.node.clock.now;
    const { logs = NOTHING, layer = NOTHING, ...volumes } = writes;
    this.#written.push({
      container,
      logs: new LogFiles({ growth: logs, since }, logsCompressTo),
      layer: { growth: layer, since },
    });
    for (const [name, growth] of Object.entries(volumes)) {
      const written = this.#volumes.get(name) ?? [];
      this.#volumes.set(name, [...written, { running: { growth, since }, by: container }]);
    }
  }

  ended(container: RuntimeContainer): void {
    const { now } = this.#life.node.clock;
    this.#written.find((it) => it.container === container)?.logs.end(now);
  }

  /** The container and its logs are gone. */
  removed(container: RuntimeContainer): void {
    this.#written = this.#written.filter((it) => it.container !== container);
  }

  rotateLogs(limits: LogLimits | undefined): void {
    for (const { container, logs } of this.#written) {
      if (!logs.rotate(this.#life.node.clock.now, limits)) continue;
      this.#life.trace('app', 'logs-rotated', container.name, { attempt: container.attempt });
    }
  }

  /** Looks how much is in the volumes. */
  measureVolumes(): void {
    const { now } = this.#life.node.clock;
    for (const [name, written] of this.#volumes) {
      const bytes = written.map(({ running, by }) =>
        bytesAt(running, by.state === 'running' ? now : by.finishedAt),
      );
      this.#seen.set(
        name,
        bytes.reduce((sum, it) => sum + it, 0),
      );
    }
  }

  ofVolume(name: string): number {
    return this.#seen.get(name) ?? 0;
  }

  /** Logs and writable layer under one container's name. */
  ofContainer(name: string): number {
    const { now } = this.#life.node.clock;
    return this.#written
      .filter((it) => it.container.name === name)
      .reduce((sum, { container, logs, layer }) => {
        const isRunning = container.state === 'running';
        return sum + logs.bytes(now) + (isRunning ? bytesAt(layer, now) : 0);
      }, 0);
  }
}
