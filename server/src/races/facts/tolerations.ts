/** How long pods stay on a node that is not heard of. */
import type { Pod, Toleration } from '../../manifest/index.ts';

/** The node controller's grace period, until it taints a node that is silent. */
export const UNNOTICED_SECONDS = 50;

/** The least that matching tolerations give; undefined for ever, 0 where none matches. */
export function toleratedSeconds(pod: Pod, key: string): number | undefined {
  const matching = (pod.spec.tolerations ?? []).filter((it) => tolerates(it, key));
  if (matching.length === 0) return 0;
  const given = matching.flatMap((it) => it.tolerationSeconds ?? []);
  return given.length > 0 ? Math.max(0, Math.min(...given)) : undefined;
}

/** Whether it keeps a pod on a node with this taint of the node controller. */
export function tolerates({ key, operator, effect, value }: Toleration, taint: string): boolean {
  if (effect && effect !== 'NoExecute') return false;
  if (!key) return operator === 'Exists';
  return key === taint && (operator === 'Exists' || !value);
}
