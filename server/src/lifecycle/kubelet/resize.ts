/**
 * Decides what a change of a container's resources in place does: it restarts the container where
 * the resizePolicy of a changed resource says so, else the runtime is told the new values.
 * After computePodResizeAction in pkg/kubelet/kuberuntime/kuberuntime_manager.go. Left out: resizes
 * the node has no room for, those of the pod as a whole, and the order of several.
 */
import { milliUnitsOf, type Container } from '../../manifest/index.ts';

type Resources = Container['resources'];

export type Resize = 'restart' | 'update' | undefined;

const RESIZABLE = ['cpu', 'memory'] as const;

/** From the resources the container runs with to those that are asked for. */
export function resizeOf(container: Container, actual: Resources): Resize {
  if (actual === container.resources) return undefined;
  const changed = RESIZABLE.filter((name) =>
    (['requests', 'limits'] as const).some(
      (list) =>
        milliUnitsOf(actual?.[list]?.[name]) !== milliUnitsOf(container.resources?.[list]?.[name]),
    ),
  );
  if (changed.length === 0) return undefined;
  const restarts = (container.resizePolicy ?? []).some(
    (it) =>
      it.restartPolicy === 'RestartContainer' && changed.some((name) => name === it.resourceName),
  );
  return restarts ? 'restart' : 'update';
}
