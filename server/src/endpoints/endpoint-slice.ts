/**
 * The shapes of what Services send traffic to, as in discovery.k8s.io/v1, with the pod behind each
 * endpoint.
 */
import type { Pod, Service } from '../manifest/index.ts';

/** The address family of a slice. */
export type AddressType = 'IPv4' | 'IPv6';

/** One port of a slice; the name is empty where the Service's port has none. */
export interface EndpointPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** Whether new connections, any connections, or only the last ones go to an endpoint. */
export interface EndpointConditions {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Where traffic to an endpoint should come from. */
export interface EndpointHints {
  readonly forZones?: readonly { readonly name: string }[];
  readonly forNodes?: readonly { readonly name: string }[];
}

/** One pod of a slice. */
export interface Endpoint {
  readonly pod: Pod;
  readonly addresses: readonly string[];
  readonly conditions: EndpointConditions;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly hostname?: string;
  readonly hints?: EndpointHints;
}

/** One EndpointSlice of a Service: all its endpoints have these ports and this address family. */
export interface ServiceSlice {
  readonly service: Service;
  readonly addressType: AddressType;
  /** Carries the label `service.kubernetes.io/headless`. */
  readonly headless: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}
