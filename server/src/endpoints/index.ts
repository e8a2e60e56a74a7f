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
  findPort,
  protocolOf,
  targetPortOf,
  type DeclaredPort,
  type ServicePort,
} from './find-port.ts';
export { assumeRunning } from './pod-status.ts';
export {
  hasManagedSlices,
  isHeadless,
  reconcileEndpointSlices,
  serviceSelects,
} from './reconcile.ts';
export { describeEndpoints, describePorts, nearMisses } from './endpoints-text.ts';
export { dnsNames, statefulSetPeers, type DnsName } from './dns-names.ts';
export { editDistance, type LabelMismatch } from './label-distance.ts';
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
