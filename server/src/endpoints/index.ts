export type {
  AddressType,
  Endpoint,
  EndpointConditions,
  EndpointHints,
  EndpointPort,
  ServiceSlice,
} from './endpoint-slice.ts';
export {
  declaredPorts,
  findDeclaredPort,
  findPort,
  protocolOf,
  targetPortOf,
  type DeclaredPort,
  type ServicePort,
} from './find-port.ts';
export { assumeRunning, isPodReady, isPodTerminal, shouldPodBeInEndpoints } from './pod-status.ts';
export {
  addressTypesOf,
  endpointPorts,
  hasManagedSlices,
  isHeadless,
  MAX_ENDPOINTS_PER_SLICE,
  podToEndpoint,
  reconcileEndpointSlices,
  serviceSelects,
} from './reconcile.ts';
export { describeEndpoints, describePorts, nearMisses } from './endpoints-text.ts';
export { CLUSTER_DOMAIN, dnsNames, statefulSetPeers, type DnsName } from './dns-names.ts';
export {
  editDistance,
  labelDistance,
  labelMismatches,
  type LabelMismatch,
} from './label-distance.ts';
export {
  GATEWAY_ROUTES,
  ingressPolicies,
  routes,
  routesTo,
  type GatewayRoute,
  type Route,
} from './reach.ts';
export { whyNot, type WhyNot } from './why-not.ts';
export { ENDPOINTS_UPSTREAM } from './upstream.ts';
