/**
 * Which port of a pod a Service's port leads to: by number as it is, by name as its containers
 * declare it. Follows FindPort; a numeric targetPort is not checked against the pod, as upstream
 * does not.
 */
import type { Upstream } from '../explanation/index.ts';
import {
  each,
  field,
  type Container,
  type ContainerPort,
  type FieldCursor,
  type Pod,
  type Service,
} from '../manifest/index.ts';

export const findPortUpstream: Upstream = { path: 'staging/src/k8s.io/endpointslice/utils.go' };

/** One entry of `spec.ports` of a Service. */
export type ServicePort = NonNullable<Service['spec']['ports']>[number];

/** A port a container of the pod declares, and where. */
export interface DeclaredPort {
  readonly container: Container;
  readonly port: ContainerPort;
  readonly at: FieldCursor<ContainerPort>;
}

/** The protocol of a port; TCP where none is written. */
export function protocolOf(port: { readonly protocol?: string }): string {
  return port.protocol || 'TCP';
}

/** What a Service's port leads to: its targetPort, or its own number where none is written. */
export function targetPortOf(port: ServicePort): number | string {
  return port.targetPort === undefined || port.targetPort === '' || port.targetPort === 0
    ? port.port
    : port.targetPort;
}

/** Every port the pod declares that a Service can name: containers first, then sidecars. */
export function* declaredPorts(pod: Pod): Generator<DeclaredPort> {
  for (const [container, at] of each(field(pod).spec.containers)) {
    for (const [port, portAt] of each(at.ports)) yield { container, port, at: portAt };
  }
  for (const [container, at] of each(field(pod).spec.initContainers)) {
    if (container.restartPolicy !== 'Always') continue;
    for (const [port, portAt] of each(at.ports)) yield { container, port, at: portAt };
  }
}

/** The number that a Service's port means for one pod; undefined where the pod lacks the name. */
export function findPort(pod: Pod, servicePort: ServicePort): number | undefined {
  const target = targetPortOf(servicePort);
  if (typeof target === 'number') return target;
  return findDeclaredPort(pod, target, protocolOf(servicePort))?.port.containerPort;
}

/** The first declared port of this name and protocol. */
export function findDeclaredPort(
  pod: Pod,
  name: string,
  protocol: string,
): DeclaredPort | undefined {
  for (const it of declaredPorts(pod)) {
    if (it.port.name === name && protocolOf(it.port) === protocol) return it;
  }
  return undefined;
}
