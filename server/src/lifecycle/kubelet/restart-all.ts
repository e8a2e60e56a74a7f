/**
 * Decides when every container of a pod starts again in place: one exited with a code for which its
 * rule says RestartAllContainers.
 */
import type { Pod } from '../../manifest/index.ts';
import { containerNamed } from './pod-status.ts';
import { restartsAllContainers } from './restart-policy.ts';
import type { RuntimeView } from './runtime-view.ts';

/** How a container that was removed for it is shown. */
export const REMOVED_FOR_RESTART = {
  reason: 'RestartingAllContainers',
  message: 'The container is removed because RestartAllContainers in place',
} as const;

/** Whether the view holds an exit that restarts all containers. */
export function restartingAll(pod: Pod, view: RuntimeView): boolean {
  const seen = new Set<string>();
  for (const it of view.containers) {
    if (seen.has(it.name)) continue;
    seen.add(it.name);
    if (it.state !== 'exited') continue;
    const container = containerNamed(pod, it.name);
    if (container !== undefined && restartsAllContainers(container, it.exitCode)) return true;
  }
  return false;
}
