/**
 * Kubernetes' own CEL functions: quantities, addresses, URLs, semantic versions, the authorizer.
 * Upstream: apiserver's pkg/cel/library/*.go. Nobody's rights are known here, so the authorizer
 * allows everything; the views name the policies that ask it.
 */
import {
  compareQuantities,
  parseQuantity,
  quantityFault,
  quantityValue,
  type Quantity,
} from '../../manifest/index.ts';
import { ADDRESS_KINDS, Cidr, IpAddress, parseCidr, parseIp } from './addresses.ts';
import type { CelFunction, FunctionTable } from './function-table.ts';
import { compareSemver, parseSemver, Semver } from './semver.ts';
import { parseUrl, UrlValue } from './url.ts';
import { CelError, MapValue, typeName, type CelValue, type Opaque } from './values.ts';

const NANO = 1_000_000_000n;

class QuantityValue implements Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && other.quantity.nano === this.quantity.nano;
  }
}

/** Answers any question about rights with yes. */
export class AuthorizerValue implements Opaque {
  readonly typeName: string;

  constructor(typeName: string) {
    this.typeName = typeName;
  }

  equals(other: Opaque): boolean {
    return other === this;
  }
}

/** A function of one text. */
function ofText(run: (text: string) => CelValue): CelFunction {
  return ([text, ...rest]) =>
    typeof text === 'string' && rest.length === 0 ? run(text) : undefined;
}

/** Whether a text can be read, for the `is…` functions. */
function reads(parse: (text: string) => unknown): CelFunction {
  return ofText((text) => {
    try {
      parse(text);
      return true;
    } catch (error) {
      if (error instanceof CelError) return false;
      throw error;
    }
  });
}

function toQuantity(text: string): QuantityValue {
  const quantity = parseQuantity(text);
  if (quantity) return new QuantityValue(quantity);
  throw new CelError(quantityFault(text) ?? 'unable to parse quantity');
}

function ofQuantity(run: (it: Quantity) => CelValue): CelFunction {
  return ([a]) => (a instanceof QuantityValue ? run(a.quantity) : undefined);
}

function comparing(run: (order: number) => CelValue): CelFunction {
  return ([a, b]) => {
    if (a instanceof QuantityValue && b instanceof QuantityValue) {
      return run(compareQuantities(a.quantity, b.quantity));
    }
    if (a instanceof Semver && b instanceof Semver) return run(compareSemver(a, b));
    return undefined;
  };
}

function adding(sign: bigint): CelFunction {
  return ([a, b]) => {
    if (!(a instanceof QuantityValue)) return undefined;
    const { nano, format } = a.quantity;
    if (typeof b === 'bigint') return new QuantityValue({ nano: nano + sign * b * NANO, format });
    if (!(b instanceof QuantityValue)) return undefined;
    return new QuantityValue({ nano: nano + sign * b.quantity.nano, format });
  };
}

function isWhole({ nano }: Quantity): boolean {
  return nano % NANO === 0n && BigInt.asIntN(64, nano / NANO) === nano / NANO;
}

function ofIp(run: (it: IpAddress) => CelValue): CelFunction {
  return ([a]) => (a instanceof IpAddress ? run(a) : undefined);
}

function ofCidr(run: (it: Cidr) => CelValue): CelFunction {
  return ([a]) => (a instanceof Cidr ? run(a) : undefined);
}

function readIp(text: string): IpAddress | undefined {
  try {
    return parseIp(text);
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

const containsIp: CelFunction = ([range, ip]) => {
  if (!(range instanceof Cidr)) return undefined;
  if (typeof ip === 'string') {
    const address = readIp(ip);
    // Upstream loses the reason here, though not in containsCIDR.
    if (!address) throw new CelError('no such overload');
    return range.contains(address);
  }
  return ip instanceof IpAddress ? range.contains(ip) : undefined;
};

const containsCidr: CelFunction = ([range, other]) => {
  if (!(range instanceof Cidr)) return undefined;
  if (typeof other === 'string') return range.containsCidr(parseCidr(other));
  return other instanceof Cidr ? range.containsCidr(other) : undefined;
};

function ofUrl(run: (it: UrlValue) => CelValue): CelFunction {
  return ([a]) => (a instanceof UrlValue ? run(a) : undefined);
}

function queryOf(url: UrlValue): MapValue {
  const map = new MapValue();
  for (const [key, values] of url.query) map.set(key, values);
  return map;
}

function ofSemver(run: (it: Semver) => CelValue): CelFunction {
  return ([a]) => (a instanceof Semver ? run(a) : undefined);
}

const semver: CelFunction = ([text, normalize = false]) =>
  typeof text === 'string' && typeof normalize === 'boolean'
    ? parseSemver(text, normalize)
    : undefined;

const isSemver: CelFunction = (args, budget) => {
  try {
    return semver(args, budget) === undefined ? undefined : true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
};

/** One link of the chain that ends in a decision. */
function authorizerStep(from: readonly string[], to: string): CelFunction {
  return ([it]) =>
    it instanceof AuthorizerValue && from.includes(typeName(it))
      ? new AuthorizerValue(to)
      : undefined;
}

const AUTHORIZER = 'kubernetes.authorization.Authorizer';
const PATH = 'kubernetes.authorization.PathCheck';
const GROUP = 'kubernetes.authorization.GroupCheck';
const RESOURCE = 'kubernetes.authorization.ResourceCheck';
const DECISION = 'kubernetes.authorization.Decision';

function ofDecision(value: CelValue): CelFunction {
  return ([it]) => (it instanceof AuthorizerValue ? value : undefined);
}

export const KUBERNETES_FUNCTIONS: FunctionTable = {
  quantity: [ofText(toQuantity)],
  isQuantity: [reads(toQuantity)],
  '.sign': [ofQuantity(({ nano }) => (nano > 0n ? 1n : nano < 0n ? -1n : 0n))],
  sign: [ofQuantity(({ nano }) => (nano > 0n ? 1n : nano < 0n ? -1n : 0n))],
  '.isGreaterThan': [comparing((order) => order > 0)],
  '.isLessThan': [comparing((order) => order < 0)],
  '.compareTo': [comparing((order) => BigInt(Math.sign(order)))],
  '.asApproximateFloat': [ofQuantity(({ nano }) => Number(nano) / 1e9)],
  '.asInteger': [
    ofQuantity((it) => {
      if (!isWhole(it)) throw new CelError('cannot convert value to integer');
      return quantityValue(it);
    }),
  ],
  '.isInteger': [ofQuantity(isWhole)],
  '.add': [adding(1n)],
  '.sub': [adding(-1n)],
  ip: [ofText(parseIp)],
  isIP: [reads(parseIp)],
  'ip.isCanonical': [ofText((text) => parseIp(text).toString() === text)],
  '.family': [ofIp((it) => BigInt(it.family))],
  ...Object.fromEntries(
    Object.entries(ADDRESS_KINDS).map(([name, is]) => [`.${name}`, [ofIp(is)]]),
  ),
  cidr: [ofText(parseCidr)],
  isCIDR: [reads(parseCidr)],
  '.containsIP': [containsIp],
  '.containsCIDR': [containsCidr],
  '.ip': [ofCidr((it) => it.address)],
  '.prefixLength': [ofCidr((it) => BigInt(it.prefixLength))],
  '.masked': [ofCidr((it) => it.masked())],
  url: [ofText(parseUrl)],
  isURL: [reads(parseUrl)],
  '.getScheme': [ofUrl((it) => it.scheme)],
  '.getHost': [ofUrl((it) => it.host)],
  '.getHostname': [ofUrl((it) => it.hostname)],
  '.getPort': [ofUrl((it) => it.port)],
  '.getEscapedPath': [ofUrl((it) => it.escapedPath)],
  '.getQuery': [ofUrl(queryOf)],
  semver: [semver],
  isSemver: [isSemver],
  '.major': [ofSemver((it) => it.major)],
  '.minor': [ofSemver((it) => it.minor)],
  '.patch': [ofSemver((it) => it.patch)],
  'jsonpatch.escapeKey': [ofText((it) => it.replaceAll('~', '~0').replaceAll('/', '~1'))],
  '.path': [authorizerStep([AUTHORIZER], PATH)],
  '.serviceAccount': [authorizerStep([AUTHORIZER], AUTHORIZER)],
  '.group': [authorizerStep([AUTHORIZER], GROUP)],
  '.resource': [authorizerStep([GROUP], RESOURCE)],
  '.subresource': [authorizerStep([RESOURCE], RESOURCE)],
  '.namespace': [authorizerStep([RESOURCE], RESOURCE)],
  '.name': [authorizerStep([RESOURCE], RESOURCE)],
  '.fieldSelector': [authorizerStep([RESOURCE], RESOURCE)],
  '.labelSelector': [authorizerStep([RESOURCE], RESOURCE)],
  '.check': [authorizerStep([PATH, RESOURCE], DECISION)],
  '.allowed': [ofDecision(true)],
  '.errored': [ofDecision(false)],
  '.error': [ofDecision('')],
  '.reason': [ofDecision('')],
};
