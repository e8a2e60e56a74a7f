/** Clients of a Service's ports, for replays in which the pods are there all the time. */
import { declaredPorts, protocolOf, type ServiceSlice } from '../../endpoints/index.ts';
import type { Pod } from '../../manifest/index.ts';
import type { ReplayWorld } from '../replay.ts';
import { steadyPod } from './clients.ts';

/** Where a Service sends what comes to one of its ports. */
export interface SlicePort {
  /** `TCP/8080`. */
  readonly port: string;
  readonly pods: readonly Pod[];
}

/** The ports of a Service's slices, each with the pods behind it. */
export function slicePorts(slices: readonly ServiceSlice[]): readonly SlicePort[] {
  return slices.flatMap(({ ports, endpoints }) =>
    ports.map(({ port, protocol }) => ({
      port: `${protocol}/${port}`,
      pods: endpoints.map((it) => it.pod),
    })),
  );
}

/** Whether a client of the port is refused, by pods that listen only where they declare to. */
export function isRefused(world: ReplayWorld, { port, pods }: SlicePort): boolean {
  const seen = world.clients({
    pods: pods.map((pod) => ({ ...steadyPod(pod.metadata.name), ports: listens(pod) })),
    clients: [{ name: 'client', asks: [0], way: { by: 'kube-proxy', lagSeconds: 0 }, port }],
    until: 1,
  });
  return seen.has('client:refused');
}

/** The ports that a pod declares; it may listen at any where it declares none. */
function listens(pod: Pod): readonly string[] | undefined {
  const ports = [...declaredPorts(pod)].map((it) => it.port);
  if (ports.length === 0) return undefined;
  return ports.map((it) => `${protocolOf(it)}/${it.containerPort}`);
}
