/**
 * Which taints a pod tolerates.
 * Follows staging/src/k8s.io/api/core/v1/toleration.go and
 * staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go.
 * Left out: the operators Gt and Lt, whose feature gate is off in v1.36.
 */
import type { Pod, Taint, Toleration } from '../manifest/index.ts';

/** Whether one toleration covers one taint; an empty key with Exists covers all. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Exists':
      return true;
    default:
      return false;
  }
}

/** Whether the taint keeps new pods off, rather than only being avoided. */
export function keepsPodsOff(taint: Taint): boolean {
  return taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
}

/** The first taint that keeps the pod off; undefined where none does. */
export function untoleratedTaint(pod: Pod, taints: readonly Taint[]): Taint | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  return taints.find(
    (taint) => keepsPodsOff(taint) && !tolerations.some((it) => tolerates(it, taint)),
  );
}

/** A taint as people write it: `key=value:Effect`. */
export function formatTaint({ key, value, effect }: Taint): string {
  return value ? `${key}=${value}:${effect}` : `${key}:${effect}`;
}
