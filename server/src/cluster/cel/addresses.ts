/**
 * IP addresses and CIDR ranges in CEL.
 * Upstream: apiserver's pkg/cel/library/ip.go and cidr.go; texts of errors as Go's net/netip.
 */
import { AddressError, parseAddress, type ParsedAddress } from './netip.ts';
import { CelError, type Opaque } from './values.ts';

/** An IPv4 or IPv6 address as a number. */
export class IpAddress implements Opaque {
  readonly typeName = 'net.IP';
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  equals(other: Opaque): boolean {
    return other instanceof IpAddress && other.family === this.family && other.bits === this.bits;
  }

  /** Canonical, as RFC 5952 has it. */
  toString(): string {
    if (this.family === 4) return groups(this.bits, 4, 8n).join('.');
    const words = groups(this.bits, 8, 16n).map((it) => it.toString(16));
    const { start, length } = longestZeros(words);
    if (length < 2) return words.join(':');
    return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
  }
}

/** An address and how much of it is the network. */
export class Cidr implements Opaque {
  readonly typeName = 'net.CIDR';
  readonly address: IpAddress;
  readonly prefixLength: number;

  constructor(address: IpAddress, prefixLength: number) {
    this.address = address;
    this.prefixLength = prefixLength;
  }

  equals(other: Opaque): boolean {
    return (
      other instanceof Cidr &&
      other.prefixLength === this.prefixLength &&
      other.address.equals(this.address)
    );
  }

  toString(): string {
    return `${this.address.toString()}/${this.prefixLength}`;
  }

  masked(): Cidr {
    return new Cidr(
      new IpAddress(this.address.family, this.#network(this.address)),
      this.prefixLength,
    );
  }

  contains(address: IpAddress): boolean {
    return (
      address.family === this.address.family &&
      this.#network(address) === this.#network(this.address)
    );
  }

  containsCidr(other: Cidr): boolean {
    return other.prefixLength >= this.prefixLength && this.contains(other.address);
  }

  #network(address: IpAddress): bigint {
    const width = address.family === 4 ? 32 : 128;
    const host = BigInt(width - this.prefixLength);
    return (address.bits >> host) << host;
  }
}

function groups(bits: bigint, count: number, width: bigint): bigint[] {
  const mask = (1n << width) - 1n;
  return Array.from({ length: count }, (_, i) => (bits >> (width * BigInt(count - 1 - i))) & mask);
}

function longestZeros(words: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let i = 0; i < words.length; i++) {
    let length = 0;
    while (words[i + length] === '0') length++;
    if (length > best.length) best = { start: i, length };
  }
  return best;
}

/** The address; throws CelError with the server's text. */
export function parseIp(text: string): IpAddress {
  const quoted = JSON.stringify(text);
  const why = `IP Address ${quoted} parse error during conversion from string: `;
  const { family, bits, zoned } = readAddress(text, (fault) => `${why}${fault}`);
  if (zoned) throw new CelError(`IP address ${quoted} with zone value is not allowed`);
  const address = new IpAddress(family, bits);
  if (isMapped(address)) throw new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`);
  return address;
}

function readAddress(text: string, inWords: (fault: string) => string): ParsedAddress {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) throw new CelError(inWords(error.message));
    throw error;
  }
}

function isMapped({ family, bits }: IpAddress): boolean {
  return family === 6 && bits >> 32n === 0xffffn;
}

/** The range; throws CelError with the server's text, which says its first words twice. */
export function parseCidr(text: string): Cidr {
  const failed = 'network address parse error during conversion from string: ';
  const fault = (why: string): string =>
    `${failed}${failed}netip.ParsePrefix(${JSON.stringify(text)}): ${why}`;
  const slash = text.lastIndexOf('/');
  if (slash < 0) throw new CelError(fault("no '/'"));
  const { family, bits, zoned } = readAddress(text.slice(0, slash), fault);
  if (zoned) throw new CelError(fault('IPv6 zones cannot be present in a prefix'));
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(length)) {
    throw new CelError(fault(`bad bits after slash: ${JSON.stringify(length)}`));
  }
  if (Number(length) > (family === 4 ? 32 : 128)) {
    throw new CelError(fault('prefix length out of range'));
  }
  const address = new IpAddress(family, bits);
  if (isMapped(address)) {
    const why = `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
    throw new CelError(`${failed}${why}`);
  }
  return new Cidr(address, Number(length));
}

/** Whether the number lies in a range written as text. */
function within(address: IpAddress, ...ranges: readonly string[]): boolean {
  return ranges.some((it) => parseCidr(it).contains(address));
}

/** The kinds of addresses that CEL asks for. */
export const ADDRESS_KINDS: Readonly<Record<string, (it: IpAddress) => boolean>> = {
  isUnspecified: (it) => it.bits === 0n,
  isLoopback: (it) => within(it, '127.0.0.0/8', '::1/128'),
  isLinkLocalMulticast: (it) => within(it, '224.0.0.0/24', 'ff02::/16'),
  isLinkLocalUnicast: (it) => within(it, '169.254.0.0/16', 'fe80::/10'),
  isGlobalUnicast: (it) =>
    it.bits !== 0n &&
    !within(
      it,
      '255.255.255.255/32',
      '127.0.0.0/8',
      '::1/128',
      '224.0.0.0/4',
      'ff00::/8',
      '169.254.0.0/16',
      'fe80::/10',
    ),
};
