/**
 * What the parts of the kubelet know of one pod and of each other: types only. The parts are made
 * and joined in node.ts.
 */
import type { Container, Node, Pod } from '../../manifest/index.ts';
import type { Clock } from './clock.ts';
import type { ObjectCache } from './configuration/api-objects.ts';
import type { PodConfiguration } from './configuration/pod-configuration.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { ImageManager } from './image-manager.ts';
import type { PodCache } from './pleg.ts';
import type { PodNetwork } from './pod-network.ts';
import type { PodObject } from './pod-object.ts';
import type { PodWorker } from './pod-worker.ts';
import type { ProbeManager } from './probe-manager.ts';
import type { RestartBackOff } from './back-off.ts';
import type { RuntimePod } from './runtime.ts';
import type { Scenario } from './scenario.ts';
import type { StatusManager } from './status-manager.ts';
import type { Timing } from './timing.ts';
import type { TraceSource } from './trace.ts';

/** What all pods of the node share. */
export interface NodeLife {
  readonly scenario: Scenario;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly images: ImageManager;
  /** Where the scenario has any. */
  readonly objects: ObjectCache | undefined;
  /** The gate ContainerStopSignals. */
  readonly stopSignals: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** How large it is; anything fits where nobody says. */
  readonly node: Node | undefined;
  /** Every pod that ever was on it. */
  readonly pods: PodLife[];
  /** It takes no new pods. */
  shuttingDown: boolean;
  /** Says what the node does. */
  trace(what: string, pod?: string): void;
  /** The next random part of a back-off, 0 to 1. */
  nextRandom(): number;
}

/** Why a container waits, as the last step left it: shown from the next step on. */
export interface WaitReason {
  readonly reason: string;
  readonly message: string;
}

/** One pod on the node, and the parts of the kubelet that look after it. */
export interface PodLife {
  readonly node: NodeLife;
  readonly name: string;
  readonly object: PodObject;
  readonly runtime: RuntimePod;
  readonly network: PodNetwork;
  readonly cache: PodCache;
  readonly worker: PodWorker;
  readonly status: StatusManager;
  readonly probes: ProbeManager;
  readonly backOff: RestartBackOff;
  readonly imageBackOff: RestartBackOff;
  readonly events: EventRecorder;
  readonly configuration: PodConfiguration | undefined;
  readonly reasons: Map<string, WaitReason>;
  /** Containers that RestartAllContainers removed and that have not been made again. */
  readonly removedForRestart: Set<string>;
  /** The pod as the kubelet knows it. */
  readonly pod: () => Pod;
  readonly trace: (
    source: TraceSource,
    what: string,
    container?: string,
    detail?: unknown,
    patch?: number,
  ) => void;
  /** Numbers the spells in which something is true. */
  readonly spells: (key: string, value: boolean) => string;
  /** How many entries the trace has so far. */
  readonly traceLength: () => number;
}

/** Init containers that go on running beside the main ones. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function initContainersOf(pod: Pod): readonly Container[] {
  return pod.spec.initContainers ?? [];
}

/** Main containers and sidecars: those that have probes and count for Ready. */
export function probedContainers(pod: Pod): readonly Container[] {
  return [...pod.spec.containers, ...initContainersOf(pod).filter(isSidecar)];
}
