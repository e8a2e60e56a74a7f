/**
 * What v1 fills in of a Service, but for what the server allocates (`service-allocation.ts`).
 * Follows SetDefaults_Service of pkg/apis/core/v1/defaults.go.
 */
import type { Service } from '../../manifest/index.ts';
import type { Mutable } from '../draft.ts';

const CLIENT_IP_TIMEOUT_SECONDS = 10800;

/** SetDefaults_Service. */
export function setServiceDefaults({ spec }: Mutable<Service>): void {
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (timeoutSeconds === undefined) {
      spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: CLIENT_IP_TIMEOUT_SECONDS } };
    }
  }
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') {
      port.targetPort = port.port;
    }
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ExternalName' && isServiceType(spec.type)) {
    spec.internalTrafficPolicy ??= 'Cluster';
  }
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** Whether the type is one that upstream knows. */
export function isServiceType(type: string | undefined): boolean {
  return (
    type === 'ClusterIP' ||
    type === 'NodePort' ||
    type === 'LoadBalancer' ||
    type === 'ExternalName'
  );
}

/** service.ExternallyAccessible: clients outside of the cluster can reach it. */
export function isExternallyAccessible(spec: Service['spec']): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0)
  );
}
