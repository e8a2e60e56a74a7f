/**
 * Decides when the kernel kills for want of memory. A container's control group counts what its
 * processes need and the files in memory that it wrote; the pod's counts all of them and the files
 * of containers that are gone, for those outlive their writers.
 * After pkg/kubelet/cm/helpers_linux.go (limits of the pod), kuberuntime_container_linux.go
 * (memory.oom.group) and pkg/volume/emptydir/empty_dir.go (the size of a file system in memory).
 * Left out: memory that can be reclaimed, swap, two containers that write to one volume at a time.
 */
import { unitsOf, type Container, type Pod } from '../../manifest/index.ts';
import { bytesAt, passes, type Running } from './growth.ts';
import { initContainersOf, isSidecar, type PodLife } from './pod-life.ts';
import { containerNamed } from './pod-status.ts';
import type { RuntimeContainer } from './runtime-view.ts';

/** What one running container has in memory. */
interface Group {
  readonly container: RuntimeContainer;
  /** By number; a process that was killed is started anew by the first one. */
  readonly processes: Running[];
  /** By volume. */
  readonly files: ReadonlyMap<string, Running>;
}

type Kill = (container: RuntimeContainer) => void;

/** The memory of one pod. */
export class PodMemory {
  readonly #life: PodLife;
  readonly #kill: Kill;
  #groups: Group[] = [];
  /** Bytes that containers which are gone have left in each volume. */
  #left = new Map<string, number>();
  /** The newest look at the limits: those that were planned before do not count any more. */
  #plan = 0;

  constructor(life: PodLife, kill: Kill) {
    this.#life = life;
    this.#kill = kill;
  }

  started(container: RuntimeContainer): void {
    const { processes, writes } = container.app;
    const since = this.#life.node.clock.now;
    const files = new Map<string, Running>();
    for (const [volume, growth] of Object.entries(writes)) {
      const size = memorySizeOf(this.#life.pod(), volume);
      if (size === undefined || !mayWrite(this.#life.pod(), container.name, volume)) continue;
      const room = Math.max(0, size - (this.#left.get(volume) ?? 0));
      const upTo = Math.min(growth.upTo ?? Infinity, room);
      files.set(volume, { growth: { ...growth, upTo }, since });
    }
    if (processes.length === 0 && files.size === 0) return;
    const running = processes.map((growth) => ({ growth, since }));
    this.#groups.push({ container, processes: running, files });
    this.#look();
  }

  /** A limit has changed. */
  resized(): void {
    this.#look();
  }

  ended(container: RuntimeContainer): void {
    const group = this.#groups.find((it) => it.container === container);
    if (group === undefined) return;
    const { now } = this.#life.node.clock;
    for (const [volume, running] of group.files) {
      this.#left.set(volume, (this.#left.get(volume) ?? 0) + bytesAt(running, now));
    }
    this.#groups = this.#groups.filter((it) => it !== group);
    this.#look();
  }

  /** Plans the next time that a limit is passed. */
  #look(): void {
    const { clock } = this.#life.node;
    const plan = ++this.#plan;
    const left = [...this.#left.values()].reduce((sum, it) => sum + it, 0);
    const ofPod = this.#groups.flatMap(usesOf);
    const candidates = [
      ...this.#groups.map((it) => ({
        at: passes(usesOf(it), limitOf(it.container) || Infinity, clock.now),
        among: [it],
      })),
      {
        at: passes(ofPod, memoryLimitOf(this.#life.pod()) - left, clock.now),
        among: this.#groups,
      },
    ];
    const [first] = candidates
      .filter((it) => it.at !== undefined)
      .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
    if (first?.at === undefined) return;
    clock.at(first.at, () => {
      if (plan === this.#plan) this.#outOfMemory(first.among);
    });
  }

  /** The kernel takes the largest process: with its whole container, unless the kubelet says no. */
  #outOfMemory(among: readonly Group[]): void {
    const { clock, scenario } = this.#life.node;
    const all = among.flatMap((group) =>
      group.processes.map((running, index) => ({
        group,
        index,
        bytes: bytesAt(running, clock.now),
      })),
    );
    const [victim] = all.toSorted((a, b) => b.bytes - a.bytes);
    // Of a container that only writes, the writer is its one process.
    const group = victim?.group ?? among[0];
    if (group === undefined) return;
    const isSingle = scenario.kubelet?.singleProcessOOMKill === true;
    if (!isSingle || victim === undefined || victim.index === 0) {
      return this.#kill(group.container);
    }
    const { name, attempt } = group.container;
    const detail = { attempt, process: victim.index, signal: 'SIGKILL', cause: 'oom' };
    this.#life.trace('app', 'process-exit', name, detail);
    const { start } = group.processes[victim.index]?.growth ?? {};
    group.processes[victim.index] = { growth: { start }, since: clock.now };
    this.#look();
  }
}

function usesOf({ processes, files }: Group): readonly Running[] {
  return [...processes, ...files.values()];
}

function limitOf({ resources }: Pick<Container, 'resources'>): number {
  return unitsOf(resources?.limits?.['memory']);
}

/** The limit of the pod's own control group: only where each container has one. */
function memoryLimitOf(pod: Pod): number {
  const { spec } = pod;
  const own = unitsOf(spec.resources?.limits?.['memory']);
  if (own > 0) return own;
  const lasting = [...spec.containers, ...initContainersOf(pod).filter(isSidecar)];
  const all = [...spec.containers, ...initContainersOf(pod)];
  if (!all.every((it) => limitOf(it) > 0)) return Infinity;
  const single = initContainersOf(pod).filter((it) => !isSidecar(it));
  const together = lasting.reduce((sum, it) => sum + limitOf(it), 0);
  return Math.max(together, ...single.map(limitOf));
}

/** Whether a container has a volume, and not to read only. */
function mayWrite(pod: Pod, name: string, volume: string): boolean {
  const mounts = containerNamed(pod, name)?.volumeMounts ?? [];
  return mounts.some((it) => it.name === volume && !it.readOnly);
}

/** How much fits into a volume in memory; undefined where it is none. */
function memorySizeOf(pod: Pod, name: string): number | undefined {
  const { emptyDir } = (pod.spec.volumes ?? []).find((it) => it.name === name) ?? {};
  if (emptyDir?.medium !== 'Memory') return undefined;
  return Math.min(memoryLimitOf(pod), unitsOf(emptyDir.sizeLimit) || Infinity);
}
