/** The containers of all kinds with their places, in the order of VisitContainersWithPath. */
import type { Container, PodSpec } from './pod-written.ts';
import type { Path } from './machinery/index.ts';

/** A container and the path of it. */
export interface PlacedContainer {
  readonly container: Container;
  readonly at: Path;
}

/** Init containers, containers, ephemeral containers (pkg/apis/core/pods/helpers.go). */
export function containersWithPath(spec: PodSpec, path: Path): readonly PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((name) =>
    (spec[name] ?? []).map((container, i) => ({
      container,
      at: path.child(name).index(i),
    })),
  );
}
