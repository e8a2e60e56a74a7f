/** Plain facts about a workload that several rules ask for. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';

/** Its pods are meant to run for good: controllers of servers, and bare pods that restart. */
export function isLongRunning({ kind, pod }: WorkloadPrediction): boolean {
  if (kind === 'Pod') return (pod?.spec.restartPolicy ?? 'Always') === 'Always';
  return ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController'].includes(
    kind,
  );
}

/** Containers that run as long as the pod does: main ones and sidecars. */
export function lastingContainers(model: PodModel): readonly PodContainer[] {
  return [...model.sidecars, ...model.mains];
}

/** Every container, in the order they start. */
export function allContainers(model: PodModel): readonly PodContainer[] {
  return [...model.startOrder, ...model.mains];
}

/** How many pods it has, in words; nobody knows how many nodes a DaemonSet has. */
export function podsText({ kind, replicas }: WorkloadPrediction): string {
  return kind === 'DaemonSet' ? 'the pods' : `the ${replicas} pods`;
}
