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
  formatIp,
  invalid,
  newInvalid,
  parseCidr,
  parseIp,
  Path,
  type Cidr,
  type FieldErrors,
  type IpAddress,
} from './validation/machinery/index.ts';
import { validateServiceClusterIPsRelatedFields } from './validation/service-addresses.ts';
import { needsHealthCheck } from './validation/service.ts';

type Spec = Mutable<Service>['spec'];
type Family = 'IPv4' | 'IPv6';

const CLUSTER_IPS = Path.of('spec', 'clusterIPs');
const POLICY = Path.of('spec', 'ipFamilyPolicy');
const NODE_PORT_RANGE = [30000, 32767] as const;
/** A dry run's allocator begins here, outside of its own range. */
const FIRST_DRY_RUN_NODE_PORT = 32769;
/** Stands for an address where the cluster's range is not known. */
const SOME_ADDRESS = '10.96.0.100';

/** What of the cluster the registry needs to know. */
export interface RegistryOptions {
  /** `--service-cluster-ip-range`, the primary first; addresses are not checked where missing. */
  readonly serviceClusterIpRanges?: readonly string[];
  /** As `--dry-run=server`, which does not look whether node ports are in range. */
  readonly dryRun?: boolean;
}

/** Fills in what the server allocates; refuses what it cannot. */
export function allocateService(
  service: Mutable<Service>,
  { serviceClusterIpRanges: ranges = [], dryRun = false }: RegistryOptions,
): Refusal | undefined {
  const { spec } = service;
  const name = service.metadata.name;
  const clusterIP = spec.clusterIP ?? '';
  if (clusterIP !== '' && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [clusterIP];
  const errors = initFamilies(spec, ranges.length === 0 ? ['IPv4'] : familiesOf(ranges));
  if (errors.length === 0) errors.push(...allocateIPs(spec, ranges));
  const operation = new PortOperation(
    dryRun,
    (spec.ports ?? []).map((it) => it.nodePort ?? 0),
  );
  if (errors.length === 0) errors.push(...allocateNodePorts(spec, operation));
  if (errors.length > 0) return newInvalid('Service', name, errors);
  return allocateHealthCheckPort(spec, operation);
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
    if (ip && range && !isAllocatable(range, ip)) {
      const why =
        `failed to allocate IP ${text}: the provided IP (${text}) is not in the valid range.` +
        ` The range of valid IPs is ${formatCidr(range)}`;
      return [invalid(CLUSTER_IPS, written, why)];
    }
    ips[i] = text ?? (range ? formatIp(range.network) : SOME_ADDRESS);
  }
  spec.clusterIP = ips[0] ?? '';
  return [];
}

/** Neither the network's own address nor, of IPv4, its broadcast address can be had. */
function isAllocatable(range: Cidr, ip: IpAddress): boolean {
  if (!cidrContains(range, ip)) return false;
  const { network, prefixLength } = range;
  const hostBits = ip.bytes.map((byte, i) => {
    const mask = 0xff >> Math.min(8, Math.max(0, prefixLength - i * 8));
    return { of: byte & mask, mask };
  });
  if (hostBits.every((it) => it.of === 0)) return false;
  return network.family === 'IPv6' || !hostBits.every((it) => it.of === it.mask);
}

/** Ports with one number share a node port, whatever their protocols. */
function allocateNodePorts(spec: Spec, operation: PortOperation): FieldErrors {
  const ports = spec.ports ?? [];
  const allocates =
    spec.type === 'NodePort' ||
    (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  const byPort = new Map<number, number>();
  const exposes = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  for (const [i, port] of exposes ? ports.entries() : []) {
    const own = port.nodePort ?? 0;
    if (own === 0 && !allocates) continue;
    const known = byPort.get(port.port);
    if (known !== undefined && (own === 0 || own === known)) {
      port.nodePort = known;
      continue;
    }
    const sameNumber = ports.find((it) => it.port === port.port && (it.nodePort ?? 0) !== 0);
    const asked = known === undefined ? sameNumber?.nodePort : own;
    const fault = asked === undefined ? undefined : operation.allocate(asked);
    if (asked !== undefined && fault !== undefined) {
      return [invalid(Path.of('spec', 'ports').index(i).child('nodePort'), asked, fault)];
    }
    port.nodePort = asked ?? operation.allocateNext();
    if (known === undefined) byPort.set(port.port, port.nodePort);
  }
  return [];
}

/** A port that cannot be had is an error of the server, not of a field. */
function allocateHealthCheckPort(spec: Spec, operation: PortOperation): Refusal | undefined {
  if (!needsHealthCheck(spec)) return undefined;
  const asked = spec.healthCheckNodePort ?? 0;
  if (asked === 0) {
    spec.healthCheckNodePort = operation.allocateNext();
    return undefined;
  }
  const fault = operation.allocate(asked);
  if (fault === undefined) return undefined;
  const why = `failed to allocate requested HealthCheck NodePort ${asked}: ${fault}`;
  return {
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${why}`,
    causes: [{ reason: '', message: why, field: '' }],
    places: [['spec', 'healthCheckNodePort']],
  };
}

/** The node ports of one request. */
class PortOperation {
  readonly #dryRun: boolean;
  readonly #taken = new Set<number>();
  readonly #asked: ReadonlySet<number>;

  constructor(dryRun: boolean, asked: readonly number[]) {
    this.#dryRun = dryRun;
    this.#asked = new Set(asked);
  }

  /** Why a port cannot be had; undefined where it can. */
  allocate(port: number): string | undefined {
    const [low, high] = NODE_PORT_RANGE;
    if (!this.#dryRun && (port < low || port > high)) {
      const range = `The range of valid ports is ${low}-${high}`;
      return `provided port is not in the valid range. ${range}`;
    }
    if (this.#taken.has(port)) return 'provided port is already allocated';
    this.#taken.add(port);
    return undefined;
  }

  /** The port a dry run makes up, which is known; of a server one that it could choose. */
  allocateNext(): number {
    let port: number = this.#dryRun ? FIRST_DRY_RUN_NODE_PORT : NODE_PORT_RANGE[0];
    if (this.#dryRun && this.#taken.size > 0) port = Math.max(...this.#taken) + 1;
    while (!this.#dryRun && (this.#taken.has(port) || this.#asked.has(port))) port++;
    this.#taken.add(port);
    return port;
  }
}
