/**
 * What the EndpointSlice controller reads of a pod's status. Follows the pod helpers of
 * staging/src/k8s.io/endpointslice/util.
 */
import type { Pod } from '../manifest/index.ts';
import type { AddressType } from './endpoint-slice.ts';

/** Whether the pod's condition Ready is True. */
export function isPodReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((it) => it.type === 'Ready' && it.status === 'True') ?? false;
}

/** Succeeded or Failed: no container of it will run again. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether the pod is listed at all: it has an address and is not terminal. */
export function shouldPodBeInEndpoints(pod: Pod): boolean {
  if (isPodTerminal(pod)) return false;
  return Boolean(pod.status?.podIP) || (pod.status?.podIPs?.length ?? 0) > 0;
}

/** The pod's addresses of one family. */
export function podAddresses(pod: Pod, addressType: AddressType): string[] {
  const addresses: string[] = [];
  for (const { ip } of pod.status?.podIPs ?? []) {
    if (ip !== undefined && familyOf(ip) === addressType) addresses.push(ip);
  }
  return addresses;
}

/** The family of an address as written. */
export function familyOf(address: string): AddressType {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/**
 * The pod as it is once it runs and is Ready, for templates that have no status yet. Its addresses
 * are stand-ins that read as such (`<pod IPv4>`); a status that is written stays.
 */
export function assumeRunning(pod: Pod, families: readonly AddressType[] = ['IPv4']): Pod {
  if (pod.status?.phase !== undefined) return pod;
  const podIPs = families.map((it) => ({ ip: it === 'IPv6' ? '<pod::IPv6>' : '<pod IPv4>' }));
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      podIP: podIPs[0]?.ip,
      podIPs,
    },
  };
}
