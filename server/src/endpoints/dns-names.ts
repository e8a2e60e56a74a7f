/**
 * The names that cluster DNS answers for Services and pods.
 * Follows the specification github.com/kubernetes/dns docs/specification.md, as CoreDNS serves it.
 */
import type { Explanation, Upstream } from '../explanation/index.ts';
import { field, type Service, type StatefulSet } from '../manifest/index.ts';
import type { ServiceSlice } from './endpoint-slice.ts';
import { protocolOf, type ServicePort } from './find-port.ts';
import { isHeadless } from './reconcile.ts';

export const dnsNamesUpstream: Upstream = {
  path: 'staging/src/k8s.io/api/core/v1/types.go',
  omits: ['names by address (10-0-0-1.…) and reverse look-ups', 'search domains of a pod'],
};

/** The domain most clusters are set up with. */
export const CLUSTER_DOMAIN = 'cluster.local';

/** One name and what is answered for it. */
export interface DnsName extends Explanation {
  readonly name: string;
  readonly type: 'A' | 'CNAME' | 'SRV';
  /** Addresses, names, or words for what the cluster gives. */
  readonly answers: readonly string[];
}

/** The names of a Service, its named ports and its named pods. */
export function dnsNames(
  service: Service,
  slices: readonly ServiceSlice[],
  domain: string = CLUSTER_DOMAIN,
): DnsName[] {
  const { metadata } = service;
  const { type, externalName, clusterIP } = service.spec ?? {};
  const name = `${metadata.name}.${metadata.namespace || 'default'}.svc.${domain}`;
  const at = field(service);
  if (type === 'ExternalName') {
    const target = externalName ?? '';
    const message = `${name} is an alias for ${target}`;
    return [{ name, type: 'CNAME', answers: [target], message, cites: [at.spec.externalName] }];
  }
  if (!isHeadless(service)) {
    const address = clusterIP || 'the cluster IP';
    const message = `${name} is ${address}, whether or not there are endpoints`;
    const own: DnsName = {
      name,
      type: 'A',
      answers: [address],
      message,
      cites: [at.metadata.name],
    };
    return [own, ...portNames(service, name, [name], (it) => [it.port])];
  }
  const ready = slices.flatMap((it) => it.endpoints).filter((it) => it.conditions.ready);
  const message =
    ready.length > 0
      ? `${name} has the addresses of ${ready.length} ready pods: the Service is headless`
      : `${name} does not exist while no pod is ready: the Service is headless`;
  const answers = ready.flatMap((it) => it.addresses);
  const names: DnsName[] = [{ name, type: 'A', answers, message, cites: [at.spec.clusterIP] }];
  const targets: string[] = [];
  for (const { hostname, addresses, pod } of ready) {
    if (!hostname) continue;
    targets.push(`${hostname}.${name}`);
    names.push({
      name: `${hostname}.${name}`,
      type: 'A',
      answers: addresses,
      message: `${hostname}.${name} is ${pod.metadata.name}`,
      cites: [field(pod).spec.hostname, field(pod).spec.subdomain],
    });
  }
  // Clients of a headless Service connect to the pods themselves, so its names tell their ports.
  const numbers = (port: ServicePort) => {
    const ports = slices.filter((it) => it.endpoints.length > 0).flatMap((it) => it.ports);
    return ports.filter((it) => it.name === port.name).map((it) => it.port);
  };
  return [...names, ...portNames(service, name, targets, numbers)];
}

function portNames(
  service: Service,
  name: string,
  targets: readonly string[],
  numbersOf: (port: ServicePort) => readonly number[],
): DnsName[] {
  return (service.spec?.ports ?? []).flatMap((port, i): DnsName[] => {
    const numbers = [...new Set(numbersOf(port))];
    if (!port.name || numbers.length === 0) return [];
    const srv = `_${port.name}._${protocolOf(port).toLowerCase()}.${name}`;
    return [
      {
        name: srv,
        type: 'SRV',
        answers: targets.flatMap((it) => numbers.map((number) => `${it}:${number}`)),
        message: `${srv} tells the port ${numbers.join(' or ')}`,
        cites: [{ root: service, path: ['spec', 'ports', i, 'name'] }],
      },
    ];
  });
}

/**
 * The names by which the pods of a StatefulSet find each other; none without a headless Service.
 */
export function statefulSetPeers(
  set: StatefulSet,
  services: readonly Service[],
  domain: string = CLUSTER_DOMAIN,
): { readonly names: readonly string[]; readonly because: Explanation } {
  const { serviceName, replicas = 1 } = set.spec ?? {};
  const namespace = set.metadata.namespace || 'default';
  const at = field(set).spec.serviceName;
  if (!serviceName) {
    const message = 'Without serviceName the pods have no names of their own in DNS';
    return { names: [], because: { message, cites: [at] } };
  }
  const service = services.find(
    (it) => it.metadata.name === serviceName && (it.metadata.namespace || 'default') === namespace,
  );
  if (!service) {
    const message = `There is no Service ${serviceName}, so the pods have no names in DNS`;
    return { names: [], because: { message, cites: [at] } };
  }
  if (!isHeadless(service)) {
    const message = `${serviceName} is not headless, so DNS answers with its address and no pod's`;
    return { names: [], because: { message, cites: [at, field(service).spec.clusterIP] } };
  }
  const start = set.spec?.ordinals?.start ?? 0;
  const suffix = `${serviceName}.${namespace}.svc.${domain}`;
  const names = Array.from(
    { length: Math.min(replicas, 100) },
    (_, i) => `${set.metadata.name}-${start + i}.${suffix}`,
  );
  const early = service.spec?.publishNotReadyAddresses === true;
  const message = early
    ? 'Peers are found as soon as they have an address (publishNotReadyAddresses)'
    : 'A peer is found in DNS only while it is Ready';
  return { names, because: { message, cites: [field(service).spec.publishNotReadyAddresses] } };
}
