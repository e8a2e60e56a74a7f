/** A Service's endpoints with all pods of the world running: counted, named, or why there are none. */
import {
  describeEndpoints,
  describePorts,
  hasManagedSlices,
  reconcileEndpointSlices,
  whyNot,
  type ServiceSlice,
  type WhyNot,
} from '../endpoints/index.ts';
import type { Service } from '../manifest/index.ts';
import type { Prediction } from '../prediction/index.ts';

/** The slices of a Service, and what keeps pods out of them. */
export function endpointsOf(
  service: Service,
  prediction: Prediction,
): { readonly slices: readonly ServiceSlice[]; readonly reasons: readonly WhyNot[] } {
  const { runningPods, snapshot } = prediction;
  const nodes = snapshot.list('Node');
  return {
    slices: hasManagedSlices(service) ? reconcileEndpointSlices(service, runningPods, nodes) : [],
    reasons: whyNot(service, runningPods, nodes),
  };
}

/** `3 endpoints: web (2 on node-b, 1 on node-a); 80 → http (8080)`, or why there are none. */
export function endpointsTitle(service: Service, prediction: Prediction): string {
  const { slices, reasons } = endpointsOf(service, prediction);
  const endpoints = slices.flatMap((it) => it.endpoints);
  const pods = new Map(endpoints.map((it) => [it.pod, it]));
  const [unmanaged] = reasons;
  if (unmanaged?.code === 'external-name') {
    return `DNS alias of ${service.spec.externalName ?? '?'}`;
  }
  if (unmanaged?.code === 'no-selector') return 'no selector: somebody else makes its endpoints';
  if (pods.size === 0) return describeEndpoints(slices, reasons);
  const where = new Map<string, number>();
  for (const { nodeName = '?' } of pods.values()) {
    where.set(nodeName, (where.get(nodeName) ?? 0) + 1);
  }
  const on = [...where].map(([node, count]) => `${count} on ${node}`).join(', ');
  const waiting = [...pods.values()].filter((it) => !it.conditions.ready).length;
  const notReady = waiting > 0 ? `, ${waiting} not ready` : '';
  const fault = reasons.find((it) => it.weight === 'fault');
  const tail = fault ? fault.message : describePorts(service, slices).join(', ');
  return `${pods.size} ${pods.size === 1 ? 'endpoint' : 'endpoints'}: ${on}${notReady}; ${tail}`;
}
