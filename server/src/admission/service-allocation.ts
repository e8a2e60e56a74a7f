/**
 * What the API server allocates for a Service before it validates it: address families, cluster
 * IPs, node ports.
 * Follows pkg/registry/core/service/storage/{storage,alloc}.go. Allocated values are random in a
 * server; ours only stand for "there is one". What other Services hold is left out.
 */
import type { Service } from '../manifest/index.ts';
import type { Refusal } from './admission-plugin.ts';
import type { Mutable } from './draft.ts';
import {
  cidrContains,
  formatCidr,
  invalid,
  newInvalid,
  parseCidr,
  parseIp,
  Path,
  type FieldErrors,
} from './validation/machinery/index.ts';
import { validateServiceClusterIPsRelatedFields } from './validation/service-addresses.ts';
import { needsHealthCheck } from './validation/service.ts';

type Spec = Mutable<Service>['spec'];
type Family = 'IPv4' | 'IPv6';

const CLUSTER_IPS = Path.of('spec', 'clusterIPs');
const POLICY = Path.of('spec', 'ipFamilyPolicy');
/** A dry run's allocator begins here. */
const FIRST_NODE_PORT = 32769;

/** Fills in what the server allocates; refuses what it cannot. */
export function allocateService(
  service: Mutable<Service>,
  serviceClusterIpRanges: readonly string[],
): Refusal | undefined {
  const { spec } = service;
  const name = service.metadata.name;
  const clusterIP = spec.clusterIP ?? '';
  if (clusterIP !== '' && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [clusterIP];
  const errors = initFamilies(spec, familiesOf(serviceClusterIpRanges));
  if (errors.length === 0) errors.push(...allocateIPs(spec, serviceClusterIpRanges));
  if (errors.length === 0) errors.push(...allocateNodePorts(spec));
  return errors.length > 0 ? newInvalid('Service', name, errors) : undefined;
}

function familiesOf(ranges: readonly string[]): readonly Family[] {
  return ranges.map((it) => parseCidr(it)?.network.family).filter((it) => it !== undefined);
}

function initFamilies(spec: Spec, configured: readonly Family[]): FieldErrors {
  if (spec.type === 'ExternalName') return [];
  const isBare = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= isBare ? 'RequireDualStack' : 'SingleStack';
  const wrong = validateServiceClusterIPsRelatedFields(spec);
  if (wrong.length > 0) return wrong;
  const errors = checkSingleStack(spec);
  errors.push(...inferFamilies(spec, configured));
  if (errors.length > 0) return errors;
  const families = (spec.ipFamilies ??= []);
  const primary = configured[0] ?? 'IPv4';
  if (isBare) {
    if (families.length === 0) families.push(primary);
    if (spec.ipFamilyPolicy !== 'SingleStack') addOtherFamily(families);
    return [];
  }
  errors.push(...checkConfigured(spec, configured));
  if (errors.length > 0) return errors;
  if (families.length === 0) families.push(primary);
  if (spec.ipFamilyPolicy !== 'SingleStack' && configured.length === 2) addOtherFamily(families);
  return [];
}

function checkSingleStack(spec: Spec): FieldErrors {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  const errors: FieldErrors = [];
  const must = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
  if (spec.clusterIPs?.length === 2) {
    errors.push(invalid(POLICY, spec.ipFamilyPolicy, `${must} cluster IPs are specified`));
  }
  if (spec.ipFamilies?.length === 2) {
    errors.push(invalid(POLICY, spec.ipFamilyPolicy, `${must} IP families are specified`));
  }
  return errors;
}

function inferFamilies(spec: Spec, configured: readonly Family[]): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    const family = parseIp(ip)?.family;
    if (ip === 'None' || family === undefined) break;
    if (i < (spec.ipFamilies ?? []).length) continue;
    if (configured.includes(family)) (spec.ipFamilies ??= []).push(family);
    else {
      const text = `${family} is not configured on this cluster`;
      errors.push(invalid(CLUSTER_IPS.index(i), [...(spec.clusterIPs ?? [])], text));
    }
  }
  return errors;
}

function checkConfigured(spec: Spec, configured: readonly Family[]): FieldErrors {
  const errors: FieldErrors = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    const text = 'this cluster is not configured for dual-stack services';
    errors.push(invalid(POLICY, spec.ipFamilyPolicy, text));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (configured.some((it) => it === family)) continue;
    const path = Path.of('spec', 'ipFamilies').index(i);
    errors.push(invalid(path, family, 'not configured on this cluster'));
  }
  return errors;
}

function addOtherFamily(families: string[]): void {
  if (families.length === 1) families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
}

function allocateIPs(spec: Spec, ranges: readonly string[]): FieldErrors {
  if (spec.type === 'ExternalName' || spec.clusterIPs?.[0] === 'None') return [];
  const ips = (spec.clusterIPs ??= []);
  const written = [...ips];
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    const range = ranges.map((it) => parseCidr(it)).find((it) => it?.network.family === family);
    const text = written[i];
    const ip = text === undefined || text === '' ? undefined : parseIp(text);
    if (ip && range && !cidrContains(range, ip)) {
      const why =
        `failed to allocate IP ${text}: the provided IP (${text}) is not in the valid range.` +
        ` The range of valid IPs is ${formatCidr(range)}`;
      return [invalid(CLUSTER_IPS, written, why)];
    }
    ips[i] = text ?? (range ? formatCidr(range).replace(/\/\d+$/, '') : '');
  }
  spec.clusterIP = ips[0] ?? '';
  return [];
}

function allocateNodePorts(spec: Spec): FieldErrors {
  const allocates =
    spec.type === 'NodePort' ||
    (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  const ports = spec.ports ?? [];
  let next = FIRST_NODE_PORT;
  const taken = new Set<number>();
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    // Ports with one number share a node port, whatever their protocols.
    const byPort = new Map<number, number>();
    for (const [i, port] of ports.entries()) {
      if ((port.nodePort ?? 0) === 0 && !allocates) continue;
      const number = port.port ?? 0;
      const known = byPort.get(number);
      if (known !== undefined && (port.nodePort ?? 0) === 0) port.nodePort = known;
      if (known !== undefined && port.nodePort === known) continue;
      const asked =
        known === undefined
          ? ports.find((it) => (it.port ?? 0) === number && (it.nodePort ?? 0) !== 0)?.nodePort
          : port.nodePort;
      if (asked !== undefined && taken.has(asked)) {
        const path = Path.of('spec', 'ports').index(i).child('nodePort');
        return [invalid(path, asked, 'provided port is already allocated')];
      }
      port.nodePort = asked ?? next++;
      taken.add(port.nodePort);
      if (known === undefined) byPort.set(number, port.nodePort);
    }
  }
  if (needsHealthCheck(spec) && (spec.healthCheckNodePort ?? 0) === 0) {
    spec.healthCheckNodePort = next;
  }
  return [];
}
