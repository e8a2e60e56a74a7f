/**
 * Kinds of resource names, and what the containers of a pod ask for together.
 * Follows pkg/apis/core/v1/helper/helpers.go and staging/src/k8s.io/component-helpers/resource
 * (AggregateContainerRequests, AggregateContainerLimits).
 */
import { podResources, type Quantities, type ResourcePodSpec } from '../pod-resources.ts';

/** Sidecars count beside the containers; of the other init containers the largest counts. */
export function aggregateContainerResources(
  { containers, initContainers }: ResourcePodSpec,
  which: 'limits' | 'requests',
): Quantities {
  return podResources({ containers, initContainers }, which);
}

export function isHugePageResource(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Resources outside `kubernetes.io`, and huge pages, cannot be overcommitted. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePageResource(name);
}

/** Names without a prefix and those of `kubernetes.io`. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}
