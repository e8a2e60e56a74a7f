/**
 * What a check of the Pod Security Standards is, and the wording they share.
 * Upstream: staging/src/k8s.io/pod-security-admission/policy/checks.go and helpers.go.
 */
import type { Container, PodSpec } from '../../manifest/index.ts';

/** What a check sees. */
export interface PodUnderCheck {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** Why a check forbids the pod: `reason (detail)`. */
export interface Forbidden {
  readonly reason: string;
  readonly detail: string;
}

export type CheckPod = (pod: PodUnderCheck) => Forbidden | undefined;

/** One check: its id decides the order, the newest version not newer than the policy's applies. */
export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  readonly versions: readonly {
    /** Minor version of Kubernetes 1 from which it holds. */
    readonly since: number;
    readonly check: CheckPod;
    /** Baseline checks that this one stands in for under `restricted`. */
    readonly overrides?: readonly string[];
  }[];
}

/** Init containers, containers, ephemeral containers. */
export function containersOf(spec: PodSpec): readonly Container[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    // Ephemeral containers have all the fields that the checks look at.
    ...((spec.ephemeralContainers ?? []) as unknown as readonly Container[]),
  ];
}

export function joinQuote(items: Iterable<string>): string {
  const list = [...items];
  return list.length === 0 ? '' : `"${list.join('", "')}"`;
}

export function pluralize(one: string, many: string, count: number): string {
  return count === 1 ? one : many;
}

/** `container "a"`, `containers "a", "b"`. */
export function containersText(names: readonly string[]): string {
  return `${pluralize('container', 'containers', names.length)} ${joinQuote(names)}`;
}

/** The setters at fault: the pod, and containers by name. */
export function settersText(pod: boolean, containers: readonly string[]): string {
  const setters = pod ? ['pod'] : [];
  if (containers.length > 0) setters.push(containersText(containers));
  return setters.join(' and ');
}

/** Names in the order upstream's sets list them. */
export function sorted(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

export function namesWhere(
  { spec }: PodUnderCheck,
  wrong: (container: Container) => boolean,
): string[] {
  return containersOf(spec)
    .filter(wrong)
    .map((it) => it.name);
}

/** A pod in a user namespace of its own is held to less from 1.35 on. */
export function hasOwnUserNamespace({ spec }: PodUnderCheck): boolean {
  return spec.hostUsers === false;
}

export function isWindows({ spec }: PodUnderCheck): boolean {
  return spec.os?.name === 'windows';
}
