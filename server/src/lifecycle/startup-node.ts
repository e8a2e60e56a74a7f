/**
 * What the kubelet does for a pod before its containers: admission, volumes, probes, sandbox.
 * Follows pkg/kubelet/kubelet.go (HandlePodAdditions, SyncPod).
 */
import type { Pod } from '../manifest/index.ts';
import { CSI } from './lifecycle-event.ts';
import type { PodModel } from './lifecycle-input.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Volumes that are attached to a node before they are mounted. */
const ATTACHED = [
  'persistentVolumeClaim',
  'csi',
  'ephemeral',
  'awsElasticBlockStore',
  'azureDisk',
  'gcePersistentDisk',
  'cinder',
  'vsphereVolume',
  'rbd',
  'iscsi',
  'fc',
] as const;

/** Adds the node's preparations, and gives the event of the ready sandbox. */
export function addNodeSetup(builder: TimelineBuilder, model: PodModel, seen: string): string {
  const { at } = model;
  const admitted = builder.event({
    kind: 'kubelet-admitted',
    actor: 'kubelet',
    label: 'the kubelet admits the pod',
    message: 'a refusal is final: phase Failed; pods that still terminate count as running',
  });
  builder.delayed(seen, admitted, 'p.admit');
  const volumes = addVolumes(builder, model, admitted);
  const workers = builder.event({
    kind: 'probe-workers-started',
    actor: 'kubelet',
    label: 'the probe workers start their tickers',
    message: 'before any container runs: liveness and startup first run a period later',
  });
  builder.atOnce(volumes, workers, 'the kubelet starts them in the same step');
  const sandbox = builder.event({
    kind: 'sandbox-ready',
    actor: 'runtime',
    label: 'the sandbox runs and has an IP (CRI, CNI)',
    message: 'the runtime makes the sandbox; the CNI plugin gives it its network',
    cites: [at.spec.hostNetwork, at.spec.runtimeClassName],
  });
  builder.delayed(workers, sandbox, 'p.sandbox');
  const condition = builder.event({
    kind: 'ready-to-start-containers',
    actor: 'kubelet',
    label: 'status: PodReadyToStartContainers=True',
    message: 'written before any pull; the IP is not part of it',
  });
  builder.delayed(sandbox, condition, 'p.status');
  return sandbox;
}

/** Whether a pod has volumes that must be attached to its node. */
export function hasAttachedVolumes({ spec }: Pod): boolean {
  return (spec.volumes ?? []).some((volume) => ATTACHED.some((it) => volume[it] !== undefined));
}

function addVolumes(builder: TimelineBuilder, { pod, at }: PodModel, admitted: string): string {
  const all = pod.spec.volumes ?? [];
  const ready = builder.event({
    kind: 'volumes-ready',
    actor: 'kubelet',
    ...(hasAttachedVolumes(pod) ? { lane: CSI } : {}),
    label: all.length > 0 ? 'volumes are attached and mounted' : 'there are no volumes',
    message: 'nothing is started before all volumes are there, optional ones aside',
    cites: [at.spec.volumes],
  });
  if (all.length === 0) {
    builder.atOnce(admitted, ready, 'there is nothing to wait for');
    return ready;
  }
  if (!hasAttachedVolumes(pod)) {
    builder.delayed(admitted, ready, 'p.mount');
    return ready;
  }
  const attach = builder.event({
    kind: 'volumes-attached',
    actor: 'controller',
    label: 'volumes are attached to the node',
    message: 'a volume that another node still has must be detached there first',
    cites: [at.spec.volumes],
  });
  builder.delayed(admitted, attach, 'p.attach');
  builder.delayed(attach, ready, 'p.mount');
  return ready;
}
