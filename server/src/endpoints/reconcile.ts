/**
 * A Service and the pods of its namespace to EndpointSlices, as the controller leaves them when it
 * has settled. Follows reconcileByAddressType, reconcileByPortMapping and podToEndpoint.
 */
import type { Upstream } from '../explanation/index.ts';
import { labelsMatch, type Node, type Pod, type Service } from '../manifest/index.ts';
import type { AddressType, Endpoint, EndpointPort, ServiceSlice } from './endpoint-slice.ts';
import { findPort, protocolOf } from './find-port.ts';
import { isPodReady, podAddresses, shouldPodBeInEndpoints, familyOf } from './pod-status.ts';
import { topologyModeHints, topologyModeRequested } from './topology-mode.ts';
import { trafficDistributionHints } from './traffic-distribution.ts';

export const reconcileUpstream: Upstream = {
  path: 'staging/src/k8s.io/endpointslice/reconciler.go',
  omits: [
    'which endpoints share a slice beyond 100: upstream picks them in map order, here by pod name',
    'slices that exist already: the answer is the settled state of a Service made anew',
    'irregular spellings of pod addresses: kept as written',
  ],
};

/** The controller's `--max-endpoints-per-slice`. */
export const MAX_ENDPOINTS_PER_SLICE = 100;

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const RESERVED_LABELS: readonly string[] = [
  HEADLESS_LABEL,
  'kubernetes.io/service-name',
  'endpointslice.kubernetes.io/managed-by',
];

/** Whether the Service has no cluster address by its own wish. */
export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None';
}

/**
 * Whether the controller makes slices for the Service: not for ExternalName or without selector.
 */
export function hasManagedSlices(service: Service): boolean {
  return (
    service.spec?.type !== 'ExternalName' && Object.keys(service.spec?.selector ?? {}).length > 0
  );
}

/** Whether the Service's selector selects the pod, in the same namespace. */
export function serviceSelects(service: Service, pod: Pod): boolean {
  const namespace = (it: Service | Pod) => it.metadata.namespace || 'default';
  return (
    hasManagedSlices(service) &&
    namespace(service) === namespace(pod) &&
    labelsMatch(service.spec?.selector ?? {}, pod.metadata.labels)
  );
}

/** The address families a Service has slices of; IPv4 where nothing says otherwise. */
export function addressTypesOf(service: Service): readonly AddressType[] {
  const families = (service.spec?.ipFamilies ?? []).filter(
    (it): it is AddressType => it === 'IPv4' || it === 'IPv6',
  );
  if (families.length > 0) return [...new Set(families)];
  const clusterIP = service.spec?.clusterIP;
  return [clusterIP && clusterIP !== 'None' ? familyOf(clusterIP) : 'IPv4'];
}

/** The EndpointSlices of a Service, given every pod and node; none where they are not managed. */
export function reconcileEndpointSlices(
  service: Service,
  pods: readonly Pod[],
  nodes: readonly Node[],
): ServiceSlice[] {
  if (!hasManagedSlices(service)) return [];
  const selected = pods
    .filter((it) => serviceSelects(service, it))
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
  return addressTypesOf(service).flatMap((addressType) =>
    reconcileByAddressType(service, selected, nodes, addressType),
  );
}

function reconcileByAddressType(
  service: Service,
  pods: readonly Pod[],
  nodes: readonly Node[],
  addressType: AddressType,
): ServiceSlice[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    if (!shouldPodBeInEndpoints(pod)) continue;
    const node = nodes.find((it) => it.metadata.name === pod.spec?.nodeName);
    // A pod on a node that is gone is left out until it is collected, unless all are to be
    // published.
    if (!node && !service.spec?.publishNotReadyAddresses) continue;
    const endpoint = podToEndpoint(pod, node, service, addressType);
    if (endpoint.addresses.length === 0) continue;
    const ports = endpointPorts(service, pod);
    const key = portMapKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpoint);
  }
  const slices: ServiceSlice[] = [];
  for (const { ports, endpoints } of groups.values()) {
    for (let i = 0; i < endpoints.length; i += MAX_ENDPOINTS_PER_SLICE) {
      const some = endpoints.slice(i, i + MAX_ENDPOINTS_PER_SLICE);
      slices.push(newSlice(service, addressType, ports, some));
    }
  }
  // A Service with a selector always has a slice, be it an empty one.
  if (slices.length === 0) slices.push(newSlice(service, addressType, [], []));
  return withHints(service, slices, nodes);
}

function withHints(
  service: Service,
  slices: readonly ServiceSlice[],
  nodes: readonly Node[],
): ServiceSlice[] {
  if (topologyModeRequested(service)) return topologyModeHints(slices, nodes);
  return trafficDistributionHints(service.spec?.trafficDistribution, slices);
}

function newSlice(
  service: Service,
  addressType: AddressType,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
): ServiceSlice {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(service.metadata.labels ?? {})) {
    if (!RESERVED_LABELS.includes(key)) labels[key] = value;
  }
  const headless = isHeadless(service);
  if (headless) labels[HEADLESS_LABEL] = '';
  labels['kubernetes.io/service-name'] = service.metadata.name;
  labels['endpointslice.kubernetes.io/managed-by'] = 'endpointslice-controller.k8s.io';
  return { service, addressType, headless, labels, ports, endpoints };
}

/** One pod as an endpoint of one family. */
export function podToEndpoint(
  pod: Pod,
  node: Node | undefined,
  service: Service,
  addressType: AddressType,
): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const zone = node?.metadata.labels?.[ZONE_LABEL];
  // Only a pod that names this Service as its subdomain gets a name of its own below it.
  const named = pod.spec?.hostname && pod.spec?.subdomain === service.metadata.name;
  return {
    pod,
    addresses: podAddresses(pod, addressType),
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(pod.spec?.nodeName ? { nodeName: pod.spec?.nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(named ? { hostname: pod.spec?.hostname } : {}),
  };
}

/** The ports of a Service as one pod has them; a named one the pod lacks is left out silently. */
export function endpointPorts(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const servicePort of service.spec?.ports ?? []) {
    const port = findPort(pod, servicePort);
    if (port === undefined) continue;
    ports.push({
      name: servicePort.name ?? '',
      protocol: protocolOf(servicePort),
      port,
      ...(servicePort.appProtocol === undefined ? {} : { appProtocol: servicePort.appProtocol }),
    });
  }
  return ports;
}

function portMapKey(ports: readonly EndpointPort[]): string {
  return ports
    .map((it) => JSON.stringify([it.name, it.protocol, it.port, it.appProtocol ?? null]))
    .toSorted(compareText)
    .join();
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
