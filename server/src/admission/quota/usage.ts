/**
 * What one object takes of a quota.
 * Upstream: pkg/quota/v1/evaluator/core/pods.go, services.go, persistent_volume_claims.go and
 * staging/src/k8s.io/apiserver/pkg/quota/v1/generic/evaluator.go.
 */
import {
  parseQuantity,
  quantityValue,
  type KubernetesObject,
  type PersistentVolumeClaim,
  type Pod,
  type Quantity,
  type Service,
} from '../../manifest/index.ts';
import {
  podResources,
  readResources,
  type Quantities,
  type ResourcePodSpec,
} from '../pod-resources.ts';
import { groupVersionOf, pluralOf } from '../request-info.ts';

/** Core kinds whose plural is a quota resource of its own, besides `count/…`. */
const COUNTED_BY_PLURAL: ReadonlySet<string> = new Set([
  'ConfigMap',
  'Secret',
  'ResourceQuota',
  'ReplicationController',
]);
const NATIVE = ['cpu', 'memory', 'ephemeral-storage'];

/** The amounts that the object takes, by quota resource. */
export function usageOf(object: KubernetesObject): Quantities {
  const usage: Quantities = new Map([[countName(object), units(1)]]);
  switch (object.kind) {
    case 'Pod':
      addAll(usage, podUsage(object as unknown as Pod));
      break;
    case 'Service':
      addAll(usage, serviceUsage(object as unknown as Service));
      break;
    case 'PersistentVolumeClaim':
      addAll(usage, claimUsage(object as unknown as PersistentVolumeClaim));
      break;
    default:
      if (COUNTED_BY_PLURAL.has(object.kind ?? ''))
        usage.set(pluralOf(object.kind ?? ''), units(1));
  }
  return usage;
}

/** Whether a quota on the resource can apply to objects of the kind at all. */
export function tracks(object: KubernetesObject, resource: string): boolean {
  if (resource === countName(object)) return true;
  switch (object.kind) {
    case 'Pod':
      return isPodResource(resource);
    case 'Service':
      return ['services', 'services.nodeports', 'services.loadbalancers'].includes(resource);
    case 'PersistentVolumeClaim':
      return (
        resource === 'persistentvolumeclaims' ||
        resource === 'requests.storage' ||
        resource.includes('.storageclass.storage.k8s.io/')
      );
    default:
      return COUNTED_BY_PLURAL.has(object.kind ?? '') && resource === pluralOf(object.kind ?? '');
  }
}

function isPodResource(resource: string): boolean {
  if (resource === 'pods') return true;
  const name = resource.replace(/^(requests|limits)\./, '');
  if (NATIVE.includes(name)) return true;
  if (resource.startsWith('hugepages-') || resource.startsWith('requests.hugepages-')) return true;
  return resource.startsWith('requests.') && isExtended(name);
}

/** Resources of devices: `nvidia.com/gpu`. */
function isExtended(name: string): boolean {
  // What stands for a DeviceClass counts, though its name is one of Kubernetes' own.
  if (name.startsWith('deviceclass.resource.kubernetes.io/')) return true;
  return (
    name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.')
  );
}

function countName(object: KubernetesObject): string {
  const { group } = groupVersionOf(object.apiVersion ?? '');
  const plural = pluralOf(object.kind ?? '');
  return group === '' ? `count/${plural}` : `count/${plural}.${group}`;
}

function podUsage({ spec, status }: Pod): Quantities {
  // A finished pod takes nothing but its count.
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return new Map();
  const it = spec as unknown as ResourcePodSpec;
  return computeUsage(podResources(it, 'requests'), podResources(it, 'limits'));
}

/** Quota resources that requests and limits count towards. */
export function computeUsage(requests: Quantities, limits: Quantities): Quantities {
  const usage: Quantities = new Map([['pods', units(1)]]);
  for (const [name, quantity] of requests) {
    const native = NATIVE.includes(name) || name.startsWith('hugepages-');
    if (native) usage.set(name, quantity);
    if (native || isExtended(name)) usage.set(`requests.${name}`, quantity);
  }
  for (const [name, quantity] of limits) {
    if (NATIVE.includes(name)) usage.set(`limits.${name}`, quantity);
  }
  return usage;
}

function serviceUsage({ spec }: Service): Quantities {
  const ports = spec.ports ?? [];
  let [nodePorts, loadBalancers] = [0, 0];
  if (spec.type === 'NodePort') nodePorts = ports.length;
  if (spec.type === 'LoadBalancer') {
    loadBalancers = 1;
    nodePorts =
      spec.allocateLoadBalancerNodePorts === false
        ? ports.filter((it) => it.nodePort).length
        : ports.length;
  }
  return new Map([
    ['services', units(1)],
    ['services.nodeports', units(nodePorts)],
    ['services.loadbalancers', units(loadBalancers)],
  ]);
}

function claimUsage({ spec, metadata }: PersistentVolumeClaim): Quantities {
  const usage: Quantities = new Map([['persistentvolumeclaims', units(1)]]);
  const className =
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
  const ofClass = className ? `${className}.storageclass.storage.k8s.io/` : undefined;
  if (ofClass !== undefined) usage.set(`${ofClass}persistentvolumeclaims`, units(1));
  const requested = readResources(spec?.resources?.requests).get('storage');
  if (requested) {
    // Counted in whole bytes, as a quota's own amounts must be.
    const storage = { ...requested, nano: quantityValue(requested) * 1_000_000_000n };
    usage.set('requests.storage', storage);
    if (ofClass !== undefined) usage.set(`${ofClass}requests.storage`, storage);
  }
  return usage;
}

function units(count: number): Quantity {
  return parseQuantity(count) ?? { nano: 0n, format: 'DecimalSI' };
}

function addAll(into: Quantities, more: Quantities): void {
  for (const [name, quantity] of more) into.set(name, quantity);
}
