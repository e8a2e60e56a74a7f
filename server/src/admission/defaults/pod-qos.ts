/**
 * The quality of service class of a Pod.
 * Follows pkg/apis/core/helper/qos/qos.go; pod-level resources, where written, decide alone.
 */
import type { PodSpec, Quantity } from '../../manifest/index.ts';
import { compareQuantities } from '../../manifest/index.ts';
import { addResources, readResources, type Quantities } from '../pod-resources.ts';

const QOS_RESOURCES: readonly string[] = ['cpu', 'memory'];

/** Guaranteed, Burstable or BestEffort. */
export function podQosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const requests: Quantities = new Map();
  const limits: Quantities = new Map();
  let guaranteed = true;
  const owners = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((it) => it.resources);
  for (const resources of owners) {
    addResources(requests, computeResources(resources?.requests));
    const own = computeResources(resources?.limits);
    addResources(limits, own);
    guaranteed &&= own.size === QOS_RESOURCES.length;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const equal = [...requests].every(([name, amount]) => isEqual(limits.get(name), amount));
  return guaranteed && equal && requests.size === limits.size ? 'Guaranteed' : 'Burstable';
}

function isEqual(limit: Quantity | undefined, request: Quantity): boolean {
  return limit !== undefined && compareQuantities(limit, request) === 0;
}

function computeResources(list: Readonly<Record<string, string | number>> | undefined): Quantities {
  const amounts: Quantities = new Map();
  for (const [name, amount] of readResources(list)) {
    if (QOS_RESOURCES.includes(name) && amount.nano > 0n) amounts.set(name, amount);
  }
  return amounts;
}
