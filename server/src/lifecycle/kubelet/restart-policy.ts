/**
 * Decides whether an ended container starts again: the pod's policy, the container's own, and its
 * restart rules.
 * After pkg/kubelet/container/helpers.go and pkg/api/v1/pod/util.go (ContainerRestartRules).
 */
import type { Container, Pod } from '../../manifest/index.ts';

interface RestartRule {
  readonly action?: string;
  readonly exitCodes?: { readonly operator?: string; readonly values?: readonly number[] };
}

function rulesOf(container: Container): readonly RestartRule[] {
  return (container as { restartPolicyRules?: readonly RestartRule[] }).restartPolicyRules ?? [];
}

function matchingAction(container: Container, exitCode: number): string | undefined {
  for (const rule of rulesOf(container)) {
    const values = rule.exitCodes?.values ?? [];
    const listed = values.includes(exitCode);
    const matches = rule.exitCodes?.operator === 'NotIn' ? !listed : listed;
    if (matches) return rule.action;
  }
  return undefined;
}

/** Whether this exit makes every container of the pod start again. */
export function restartsAllContainers(container: Container, exitCode: number): boolean {
  return matchingAction(container, exitCode) === 'RestartAllContainers';
}

/** Whether the pod has a rule that could do so: then it has the condition. */
export function couldRestartAll(pod: Pod): boolean {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].some((container) =>
    rulesOf(container).some((rule) => rule.action === 'RestartAllContainers'),
  );
}

/** The policy of one main container, `Always`, `OnFailure` or `Never`. */
export function restartPolicyOf(pod: Pod, container: Container): string {
  return container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
}

/** Whether a main container that ended with this code starts again. */
export function restartsAfterExit(pod: Pod, container: Container, exitCode: number): boolean {
  if (matchingAction(container, exitCode) !== undefined) return true;
  const policy = restartPolicyOf(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether a regular init container that failed is tried again. */
export function initRestartsAfterFailure(pod: Pod, container: Container, code: number): boolean {
  if (matchingAction(container, code) !== undefined) return true;
  return restartPolicyOf(pod, container) !== 'Never';
}
