/** The probes of a container as rules speak of them. */
import type { PodContainer } from '../../lifecycle/index.ts';
import type { Container, FieldCursor, Probe } from '../../manifest/index.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** A probe and where it stands. */
export interface PlacedProbe {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly at: FieldCursor<Probe>;
}

/** The probes a container has, in the order the kubelet asks for them. */
export function probesOf({ container, at }: PodContainer): readonly PlacedProbe[] {
  const found: PlacedProbe[] = [];
  const add = (kind: ProbeKind, probe: Probe | undefined, place: FieldCursor<Probe>) => {
    if (probe) found.push({ kind, probe, at: place });
  };
  add('startup', container.startupProbe, at.startupProbe);
  add('liveness', container.livenessProbe, at.livenessProbe);
  add('readiness', container.readinessProbe, at.readinessProbe);
  return found;
}

/** What a probe asks, as one text: two probes with the same text ask the same. */
export function handlerText({ httpGet, tcpSocket, grpc, exec }: Probe): string {
  if (httpGet) {
    const { scheme = 'HTTP', host = '', path = '/', port } = httpGet;
    return `${scheme} ${host}:${port}${path}`;
  }
  if (tcpSocket) return `tcp ${tcpSocket.host ?? ''}:${tcpSocket.port}`;
  if (grpc) return `grpc ${grpc.port} ${grpc.service ?? ''}`;
  return `exec ${JSON.stringify(exec?.command ?? [])}`;
}

/** The port a probe asks for over the network, by number or name, and where it is written. */
export function probePort({
  probe,
  at,
}: PlacedProbe): { readonly port: number | string; readonly at: FieldCursor<unknown> } | undefined {
  if (probe.httpGet) return { port: probe.httpGet.port, at: at.httpGet.port };
  if (probe.tcpSocket) return { port: probe.tcpSocket.port, at: at.tcpSocket.port };
  if (probe.grpc) return { port: probe.grpc.port, at: at.grpc.port };
  return undefined;
}

/** The handler of a probe as a change of the manifest writes it. */
export function handlerFields({ httpGet, tcpSocket, grpc, exec }: Probe): Record<string, unknown> {
  if (httpGet) return { httpGet };
  if (tcpSocket) return { tcpSocket };
  if (grpc) return { grpc };
  return exec ? { exec } : {};
}

/** The number of a port by number or by the name one of the container's ports has. */
export function portNumber(container: Container, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  return (container.ports ?? []).find((it) => it.name === port)?.containerPort;
}
