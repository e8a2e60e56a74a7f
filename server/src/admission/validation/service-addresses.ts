/**
 * Addresses and address families of a Service.
 * Follows ValidateServiceClusterIPsRelatedFields and ValidateEndpointIP of
 * pkg/apis/core/validation/validation.go.
 */
import type { Service } from '../../manifest/index.ts';
import {
  duplicate,
  invalid,
  notSupported,
  parseIp,
  Path,
  required,
  validateIpForLegacyField,
  type FieldErrors,
} from './machinery/index.ts';

type ServiceSpec = Service['spec'];

const CLUSTER_IPS = Path.of('spec', 'clusterIPs');
const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** What can be said of clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy without the cluster. */
export function validateServiceClusterIPsRelatedFields(spec: ServiceSpec): FieldErrors {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', clusterIPs = [] } = spec;
  const errors: FieldErrors = [];
  if (clusterIP === '') {
    const text = 'must be empty when `clusterIP` is not specified';
    if (clusterIPs.length > 0) errors.push(invalid(CLUSTER_IPS, clusterIPs, text));
  } else if (clusterIPs.length === 0) errors.push(required(CLUSTER_IPS, ''));
  else if (clusterIPs[0] !== clusterIP) {
    errors.push(invalid(CLUSTER_IPS, clusterIPs, 'first value must match `clusterIP`'));
  }
  errors.push(...validateFamilies(spec));
  const wrong = validateClusterIPs(clusterIPs);
  errors.push(...wrong.errors);
  if (clusterIPs.length > 2) {
    errors.push(invalid(CLUSTER_IPS, clusterIPs, 'may only hold up to 2 values'));
  }
  if (wrong.unreadable) return errors;
  errors.push(...validateFamiliesOfIPs(spec));
  return errors;
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  const path = Path.of('spec', 'ipFamilies');
  for (const [i, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) errors.push(notSupported(path.index(i), family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(path.index(i), family));
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported(Path.of('spec', 'ipFamilyPolicy'), ipFamilyPolicy, POLICIES));
  }
  return errors;
}

function validateClusterIPs(clusterIPs: readonly string[]): {
  readonly errors: FieldErrors;
  readonly unreadable: boolean;
} {
  const errors: FieldErrors = [];
  for (const [i, ip] of clusterIPs.entries()) {
    if (i > 0 || ip !== 'None') errors.push(...validateIpForLegacyField(CLUSTER_IPS.index(i), ip));
    else if (clusterIPs.length > 1) {
      errors.push(invalid(CLUSTER_IPS, clusterIPs, "'None' must be the first and only value"));
    }
  }
  return { errors, unreadable: errors.length > 0 };
}

function validateFamiliesOfIPs({ clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  if (clusterIPs.length > 1) {
    const families = new Set(clusterIPs.map((it) => parseIp(it)?.family));
    // Of three, two alike are no fault beside a third: only that both families are there counts.
    if (families.size !== 2) {
      const text = 'may specify no more than one IP for each IP family';
      errors.push(invalid(CLUSTER_IPS, clusterIPs, text));
    }
  }
  if (clusterIPs[0] === 'None') return errors;
  for (const [i, ip] of clusterIPs.entries()) {
    const wanted = ipFamilies[i];
    if (wanted === undefined) break;
    if (!FAMILIES.includes(wanted) || parseIp(ip)?.family === wanted) continue;
    const text = `expected an ${wanted} value as indicated by \`ipFamilies[${i}]\``;
    errors.push(invalid(CLUSTER_IPS.index(i), ip, text));
  }
  return errors;
}

/** Addresses outside of the cluster: valid, and none that means something special. */
export function validateExternalIPs(externalIPs: readonly string[]): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, ip] of externalIPs.entries()) {
    const path = Path.of('spec', 'externalIPs').index(i);
    const wrong = validateIpForLegacyField(path, ip);
    errors.push(...(wrong.length > 0 ? wrong : validateEndpointIP(ip, path)));
  }
  return errors;
}

function validateEndpointIP(text: string, path: Path): FieldErrors {
  const ip = parseIp(text);
  if (!ip) return [invalid(path, text, 'must be a valid IP address')];
  const [a = 0, b = 0] = ip.bytes;
  const v4 = ip.family === 'IPv4';
  const zeroBut = (last: number) =>
    ip.bytes.every((it, i) => it === (i === ip.bytes.length - 1 ? last : 0));
  const errors: FieldErrors = [];
  if (zeroBut(0)) errors.push(invalid(path, text, `may not be unspecified (${text})`));
  if (v4 ? a === 127 : zeroBut(1)) {
    errors.push(invalid(path, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    const detail = 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
    errors.push(invalid(path, text, detail));
  }
  if (v4 ? a === 224 && b === 0 && ip.bytes[2] === 0 : a === 0xff && (b & 0x0f) === 0x02) {
    const detail = 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
    errors.push(invalid(path, text, detail));
  }
  return errors;
}
