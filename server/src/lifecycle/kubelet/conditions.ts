/**
 * Decides the conditions the kubelet owns, from the states of the containers.
 * After pkg/kubelet/status/generate.go. Left out: the conditions of resizes.
 */
import type { Container, Pod } from '../../manifest/index.ts';
import { initContainersOf, isSidecar } from './pod-life.ts';
import {
  type Condition,
  type ContainerStatus,
  isTrue,
  type Phase,
  type PodStatus,
} from './pod-status.ts';

export function readyToStartContainers(sandboxReady: boolean): Condition {
  return { type: 'PodReadyToStartContainers', status: sandboxReady ? 'True' : 'False' };
}

/** Initialized: once true, it stays. */
export function initialized(pod: Pod, status: PodStatus, old: PodStatus): Condition {
  const type = 'Initialized';
  if (status.phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const mainStarted = status.main.some((it) => it.state.kind !== 'waiting');
  if (mainStarted || isTrue(old, type)) return { type, status: 'True' };
  const incomplete = initContainersOf(pod).filter((it) => {
    const own = status.init.find((other) => other.name === it.name);
    return isSidecar(it) ? own?.started !== true : own?.ready !== true;
  });
  if (incomplete.length === 0) return { type, status: 'True' };
  const message = `containers with incomplete status: [${names(incomplete)}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

export function containersReady(pod: Pod, status: PodStatus): Condition {
  return { type: 'ContainersReady', ...readiness(pod, status) };
}

/** Ready: the containers, and then the readiness gates. */
export function ready(pod: Pod, status: PodStatus): Condition {
  const type = 'Ready';
  const containers = readiness(pod, status);
  if (containers.status !== 'True') return { type, ...containers };
  const messages: string[] = [];
  for (const gate of pod.spec.readinessGates ?? []) {
    const condition = status.conditions.find((it) => it.type === gate.conditionType);
    if (condition === undefined) {
      messages.push(
        `corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`,
      );
    } else if (condition.status !== 'True') {
      const named = `the status of pod readiness gate "${gate.conditionType}"`;
      messages.push(`${named} is not "True", but ${condition.status}`);
    }
  }
  if (messages.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

/** Ready and ContainersReady of a pod that is over. */
export function readinessOfPhase(phase: Phase): Pick<Condition, 'status' | 'reason'> | undefined {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  return undefined;
}

function readiness(pod: Pod, status: PodStatus): Omit<Condition, 'type'> {
  const over = readinessOfPhase(status.phase);
  if (over !== undefined) return over;
  const unready: Container[] = [];
  const look = (container: Container, statuses: readonly ContainerStatus[]) => {
    const own = statuses.find((it) => it.name === container.name);
    if (own?.ready !== true) unready.push(container);
  };
  for (const it of initContainersOf(pod)) if (isSidecar(it)) look(it, status.init);
  for (const it of pod.spec.containers) look(it, status.main);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${names(unready)}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

function names(containers: readonly Container[]): string {
  return containers.map((it) => it.name).join(' ');
}
