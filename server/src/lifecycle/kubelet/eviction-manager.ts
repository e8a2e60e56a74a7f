/**
 * Decides when a pod is evicted for what it has on its node's disk: every 10 s the kubelet compares
 * emptyDirs with their sizeLimit, the pod with its limit, and containers with theirs; who is over
 * one is killed with a grace of one second.
 * After localStorageEviction in pkg/kubelet/eviction/eviction_manager.go. Left out: node pressure.
 */
import { formatQuantity, unitsOf, type Container, type Pod } from '../../manifest/index.ts';
import type { Process } from './clock.ts';
import { initContainersOf, isSidecar, type NodeLife, type PodLife } from './pod-life.ts';

/** How often it looks (evictionMonitoringPeriod in pkg/kubelet/kubelet.go). */
const MONITORING_SECONDS = 10;
const GRACE_SECONDS = 1;
/** After an eviction it waits for the pod's end and looks for that every second. */
const CLEANUP_SECONDS = 30;
const CLEANUP_POLL_SECONDS = 1;
/** How often log files are looked at (containerLogMonitorInterval). */
const LOG_MONITOR_SECONDS = 10;
/** How often volumes are measured (volumeStatsAggPeriod). */
const VOLUME_STATS_SECONDS = 60;
/** From this priority on a pod is critical and is not evicted. */
const CRITICAL_PRIORITY = 2_000_000_000;

type Quantity = string | number | undefined;

/** Looks at the pods of a node for ever: their logs, their volumes, and who is over a limit. */
export function watchStorage(node: NodeLife, pods: readonly PodLife[]): void {
  const { clock, timing } = node;
  clock.spawn(
    every(timing.logPhase, LOG_MONITOR_SECONDS, () => {
      for (const it of pods) it.runtime.storage.rotateLogs(node.scenario.kubelet);
    }),
  );
  clock.spawn(
    every(timing.evictionPhase, VOLUME_STATS_SECONDS, () => {
      for (const it of pods) it.runtime.storage.measureVolumes();
    }),
  );
  clock.spawn(evictForEver(node, pods));
}

function* every(phase: number, seconds: number, act: () => void): Process {
  yield phase;
  for (;;) {
    act();
    yield seconds;
  }
}

function* evictForEver(node: NodeLife, pods: readonly PodLife[]): Process {
  yield node.timing.evictionPhase;
  for (;;) {
    const evicted = pods.filter((life) => !life.worker.stopped && evict(life));
    if (evicted.length === 0) {
      yield MONITORING_SECONDS;
      continue;
    }
    const begun = node.clock.now;
    do yield CLEANUP_POLL_SECONDS;
    while (evicted.some((it) => !it.worker.stopped) && node.clock.now - begun < CLEANUP_SECONDS);
  }
}

/** Evicts a pod that is over a limit. */
function evict(life: PodLife): boolean {
  const pod = life.pod();
  const message = overLimit(life, pod);
  if (message === undefined || (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY) return false;
  life.events.warning('Evicted', message);
  life.worker.kill({ reason: 'Evicted', message }, GRACE_SECONDS);
  return true;
}

function overLimit({ runtime }: PodLife, pod: Pod): string | undefined {
  const { storage } = runtime;
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = unitsOf(emptyDir?.sizeLimit);
    if (limit > 0 && storage.ofVolume(name) > limit) {
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir?.sizeLimit}". `;
    }
  }
  const lasting = [...pod.spec.containers, ...initContainersOf(pod).filter(isSidecar)];
  const limits = lasting.filter((it) => limitOf(it) !== undefined);
  const ofPod = limits.reduce((sum, it) => sum + unitsOf(limitOf(it)), 0);
  const onDisk = (pod.spec.volumes ?? []).filter((it) => it.emptyDir?.medium !== 'Memory');
  const used = [
    ...lasting.map((it) => storage.ofContainer(it.name)),
    ...onDisk.map((it) => storage.ofVolume(it.name)),
  ].reduce((sum, it) => sum + it, 0);
  if (limits.length > 0 && used > ofPod) {
    const total = formatQuantity({ nano: BigInt(ofPod) * 1_000_000_000n, format: 'BinarySI' });
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${total}. `;
  }
  const over = pod.spec.containers.find(
    (it) => unitsOf(limitOf(it)) > 0 && storage.ofContainer(it.name) > unitsOf(limitOf(it)),
  );
  return (
    over && `Container ${over.name} exceeded its local ephemeral storage limit "${limitOf(over)}". `
  );
}

function limitOf({ resources }: Container): Quantity {
  return resources?.limits?.['ephemeral-storage'];
}
