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
