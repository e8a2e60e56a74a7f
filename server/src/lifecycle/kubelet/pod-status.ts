/** The parts of a pod's status that a life changes, as plain values. */
import type { Container, Pod } from '../../manifest/index.ts';
import { initContainersOf } from './pod-life.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: number }
  | Terminated;

export interface Terminated {
  readonly kind: 'terminated';
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly finishedAt: number;
}

export interface ContainerStatus {
  readonly name: string;
  /** The runtime's container, 0 where there is none. */
  readonly id: number;
  readonly state: ContainerState;
  readonly lastState?: Terminated;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly stopSignal?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

export interface PodStatus {
  readonly phase: Phase;
  readonly reason?: string;
  readonly message?: string;
  readonly podIP: boolean;
  readonly conditions: readonly Condition[];
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** When the kubelet took the pod, cut to the wall clock's second. */
  readonly startTime?: number;
}

export const NEW_STATUS: PodStatus = {
  phase: 'Pending',
  podIP: false,
  conditions: [],
  init: [],
  main: [],
};

export function isTerminal(phase: Phase): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

export function allStatuses(status: PodStatus): readonly ContainerStatus[] {
  return [...status.init, ...status.main];
}

export function conditionOf(status: PodStatus, type: string): Condition | undefined {
  return status.conditions.find((it) => it.type === type);
}

export function isTrue(status: PodStatus, type: string): boolean {
  return conditionOf(status, type)?.status === 'True';
}

const KUBELETS = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'AllContainersRestarting',
]);

/** Whether the kubelet decides a condition of this type. */
export function isKubelets(type: string): boolean {
  return KUBELETS.has(type);
}

export function sameCondition(a: Condition, b: Condition): boolean {
  return (
    a.type === b.type && a.status === b.status && a.reason === b.reason && a.message === b.message
  );
}

/** Whether two states show the same; times are not shown. */
export function sameState(a: ContainerState | undefined, b: ContainerState | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'running' || b.kind === 'running') return true;
  const codes = a.kind === 'terminated' && b.kind === 'terminated' && a.exitCode !== b.exitCode;
  return !codes && a.reason === b.reason && a.message === b.message;
}

/** Puts conditions over those of the same type, new ones at the end. */
export function withConditions(
  old: readonly Condition[],
  changed: readonly Condition[],
): readonly Condition[] {
  const out = [...old];
  for (const condition of changed) {
    const index = out.findIndex((it) => it.type === condition.type);
    if (index < 0) out.push(condition);
    else out[index] = condition;
  }
  return out;
}

/** The container of a name, main or init. */
export function containerNamed(pod: Pod, name: string): Container | undefined {
  return (
    pod.spec.containers.find((it) => it.name === name) ??
    initContainersOf(pod).find((it) => it.name === name)
  );
}
