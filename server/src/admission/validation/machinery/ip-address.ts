/**
 * IP addresses and address ranges as the API server reads and prints them.
 * Follows staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go, Go's net and net/netip, and
 * k8s.io/utils/net (`ParseIPSloppy`, which still accepts leading zeros). No zones.
 */
import { invalid, type FieldErrors } from './field-error.ts';
import type { Path } from './field-path.ts';
import { goQuote } from './go-text.ts';

/** An address: 4 or 16 bytes. IPv4-mapped IPv6 counts as IPv4, as in Go's net.IP. */
export interface IpAddress {
  readonly bytes: readonly number[];
  readonly family: 'IPv4' | 'IPv6';
  /** Written with leading zeros, which only the sloppy parser accepts. */
  readonly leadingZeros: boolean;
  /** Written as `::ffff:10.0.0.1`. */
  readonly mapped: boolean;
}

/** A range: its first address and how many leading bits are fixed. */
export interface Cidr {
  /** The address as written, bits beyond the prefix included. */
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** `address` with the bits beyond the prefix cleared. */
  readonly network: IpAddress;
  readonly leadingZeros: boolean;
}

/** ParseIPSloppy; undefined where the text is no address. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.length > 64) return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  if (!parts.every((it) => /^\d+$/.test(it) && Number(it) <= 255)) return undefined;
  return {
    bytes: parts.map(Number),
    family: 'IPv4',
    leadingZeros: parts.some((it) => it.length > 1 && it.startsWith('0')),
    mapped: false,
  };
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  let leadingZeros = false;
  const words = (half: string, last: boolean): number[] | undefined => {
    if (half === '') return [];
    const list: number[] = [];
    const parts = half.split(':');
    for (const [i, part] of parts.entries()) {
      if (last && i === parts.length - 1 && part.includes('.')) {
        const v4 = parseIpv4(part);
        if (!v4) return undefined;
        leadingZeros ||= v4.leadingZeros;
        const [a = 0, b = 0, c = 0, d = 0] = v4.bytes;
        list.push(a * 256 + b, c * 256 + d);
      } else if (/^0*[0-9a-fA-F]{1,4}$/.test(part)) {
        leadingZeros ||= part.length > 4;
        list.push(Number.parseInt(part, 16));
      } else return undefined;
    }
    return list;
  };
  const compressed = halves.length === 2;
  const head = words(halves[0] ?? '', !compressed);
  const tail = compressed ? words(halves[1] ?? '', true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (compressed ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  const bytes = all.flatMap((it) => [it >> 8, it & 255]);
  const mapped = bytes.slice(0, 10).every((it) => it === 0) && all[5] === 0xffff;
  return mapped
    ? { bytes: bytes.slice(12), family: 'IPv4', leadingZeros, mapped }
    : { bytes, family: 'IPv6', leadingZeros, mapped };
}

/** The canonical text: dotted, or RFC 5952. */
export function formatIp({ bytes, family }: IpAddress): string {
  if (family === 'IPv4') return bytes.join('.');
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push((bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && words[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = (list: readonly number[]) => list.map((it) => it.toString(16)).join(':');
  if (start === -1) return hex(words);
  return `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

/** ParseCIDRSloppy; undefined where the text is no range. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const address = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (!address || !/^\d{1,9}$/.test(length)) return undefined;
  // A mapped address keeps the 128 bits it was written in.
  const bits = address.family === 'IPv4' && !address.mapped ? 32 : 128;
  const written = Number(length);
  if (written > bits) return undefined;
  const prefixLength = address.mapped ? Math.max(0, written - 96) : written;
  const bytes = address.bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefixLength - i * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return {
    address,
    prefixLength,
    network: { ...address, bytes },
    leadingZeros: address.leadingZeros || /^0\d/.test(length),
  };
}

/** The canonical text of a range: its network and prefix length. */
export function formatCidr({ network, prefixLength }: Cidr): string {
  return `${formatIp(network)}/${prefixLength}`;
}

/** Whether a range holds an address. */
export function cidrContains({ network, prefixLength }: Cidr, address: IpAddress): boolean {
  if (network.family !== address.family) return false;
  return network.bytes.every((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefixLength - i * 8));
    return (((address.bytes[i] ?? 0) ^ byte) & (0xff << (8 - kept)) & 0xff) === 0;
  });
}

/** IsValidIPForLegacyField with StrictIPCIDRValidation. */
export function validateIpForLegacyField(path: Path, value: string): FieldErrors {
  const ip = parseIp(value);
  if (!ip) {
    const text = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    return [invalid(path, value, text)];
  }
  const errors: FieldErrors = [];
  if (ip.leadingZeros) errors.push(invalid(path, value, 'must not have leading 0s'));
  else if (ip.mapped) {
    errors.push(invalid(path, value, 'must not be an IPv4-mapped IPv6 address'));
  }
  return errors;
}

/** IsValidIP: an address in canonical form. */
export function validateIp(path: Path, value: string): FieldErrors {
  const errors = validateIpForLegacyField(path, value);
  const ip = parseIp(value);
  if (errors.length > 0 || !ip) return errors;
  const canonical = formatIp(ip);
  if (canonical === value) return errors;
  return [invalid(path, value, `must be in canonical form (${goQuote(canonical)})`)];
}

/** GetWarningsForIP: forms that are accepted but not canonical. */
export function warningsForIp(path: Path, value: string): readonly string[] {
  const ip = parseIp(value);
  if (!ip) return [];
  const canonical = formatIp(ip);
  const quoted = goQuote(value);
  if (ip.leadingZeros || ip.mapped) {
    return [
      `${path.toString()}: non-standard IP address ${quoted} is invalid:` +
        ` use ${goQuote(canonical)}`,
    ];
  }
  if (ip.family === 'IPv4' || canonical === value) return [];
  return [
    `${path.toString()}: IPv6 address ${quoted} should be in RFC 5952 canonical format` +
      ` (${goQuote(canonical)})`,
  ];
}

/** IsValidCIDRForLegacyField with StrictIPCIDRValidation. */
export function validateCidrForLegacyField(path: Path, value: string): FieldErrors {
  const cidr = parseCidr(value);
  if (!cidr) {
    const text = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    return [invalid(path, value, text)];
  }
  if (cidr.leadingZeros) {
    return [invalid(path, value, 'must not have leading 0s in IP or prefix length')];
  }
  if (cidr.address.mapped) {
    return [invalid(path, value, 'must not have an IPv4-mapped IPv6 address')];
  }
  if (formatIp(cidr.address) !== formatIp(cidr.network)) {
    return [invalid(path, value, 'must not have bits set beyond the prefix length')];
  }
  return [];
}

/** GetWarningsForCIDR: forms that are accepted but not canonical. */
export function warningsForCidr(path: Path, value: string): readonly string[] {
  const cidr = parseCidr(value);
  if (!cidr) return [];
  const at = path.toString();
  const canonical = formatCidr(cidr);
  const warnings: string[] = [];
  if (formatIp(cidr.address) !== formatIp(cidr.network)) {
    const bits = cidr.address.family === 'IPv4' ? 32 : 128;
    const single = `${formatIp(cidr.address)}/${bits}`;
    warnings.push(
      `${at}: CIDR value ${goQuote(value)} is ambiguous in this context` +
        ` (should be ${goQuote(canonical)} or ${goQuote(single)}?)`,
    );
  }
  if (cidr.leadingZeros || cidr.address.mapped) {
    warnings.push(
      `${at}: non-standard CIDR value ${goQuote(value)} is invalid: use ${goQuote(canonical)}`,
    );
  }
  if (warnings.length === 0 && cidr.address.family === 'IPv6' && canonical !== value) {
    warnings.push(
      `${at}: IPv6 CIDR value ${goQuote(value)} should be in RFC 5952 canonical format` +
        ` (${goQuote(canonical)})`,
    );
  }
  return warnings;
}
