/** Host ports of a pod as stored: with hostNetwork, admission has made every declared port one. */
import { each, field, type Citable, type Pod } from '../../manifest/index.ts';

/** A host port and where it is asked for. */
export interface AskedHostPort {
  readonly number: number;
  readonly protocol: string;
  readonly at: Citable;
}

/** Host ports of containers and sidecars. */
export function hostPorts(pod: Pod): readonly AskedHostPort[] {
  const { spec } = field(pod);
  const found: AskedHostPort[] = [];
  for (const [list, isMain] of [
    [spec.containers, true],
    [spec.initContainers, false],
  ] as const) {
    for (const [container, at] of each(list)) {
      if (!isMain && container.restartPolicy !== 'Always') continue;
      for (const [port, portAt] of each(at.ports)) {
        if (!port.hostPort) continue;
        const place = pod.spec.hostNetwork ? portAt.containerPort : portAt.hostPort;
        found.push({ number: port.hostPort, protocol: port.protocol ?? 'TCP', at: place });
      }
    }
  }
  return found;
}
