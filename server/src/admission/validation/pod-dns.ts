/**
 * DNS settings and host aliases of a pod.
 * Follows validateDNSPolicy, validatePodDNSConfig and ValidateHostAliases of
 * pkg/apis/core/validation/validation.go; search paths by the relaxed rule (1.34).
 */
import type { PodSpec } from './pod-written.ts';
import {
  invalid,
  isDNS1123SubdomainWithUnderscore,
  notSupported,
  required,
  utf8Length,
  validateIpForLegacyField,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { validateDNS1123Subdomain } from './pod-names.ts';
import { append } from './pod-append.ts';

type DNSConfig = NonNullable<PodSpec['dnsConfig']>;

const POLICIES: readonly string[] = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const MAX_NAMESERVERS = 3;
const MAX_SEARCH_PATHS = 32;
const MAX_SEARCH_LENGTH = 2048;

/** `spec.dnsPolicy`. */
export function validateDNSPolicy(policy: string, path: Path): FieldErrors {
  if (policy === '') return [required(path, '')];
  return POLICIES.includes(policy) ? [] : [notSupported(path, policy, POLICIES)];
}

/** `spec.dnsConfig`. */
export function validateDNSConfig(
  config: DNSConfig | undefined,
  policy: string,
  path: Path,
): FieldErrors {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === 'None') {
    if (!config) {
      return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    }
    if (nameservers.length === 0) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(path.child('nameservers'), text)];
    }
  }
  const errors: FieldErrors = [];
  const servers = path.child('nameservers');
  if (nameservers.length > MAX_NAMESERVERS) {
    const text = `must not have more than ${MAX_NAMESERVERS} nameservers`;
    errors.push(invalid(servers, nameservers, text));
  }
  for (const [i, it] of nameservers.entries()) {
    append(errors, validateIpForLegacyField(servers.index(i), it));
  }
  append(errors, validateSearches(searches, path.child('searches')));
  for (const [i, { name = '' }] of options.entries()) {
    if (name === '') errors.push(required(path.child('options').index(i), 'must not be empty'));
  }
  return errors;
}

function validateSearches(searches: readonly string[], path: Path): FieldErrors {
  const errors: FieldErrors = [];
  if (searches.length > MAX_SEARCH_PATHS) {
    const text = `must not have more than ${MAX_SEARCH_PATHS} search paths`;
    errors.push(invalid(path, searches, text));
  }
  if (utf8Length(searches.join(' ')) > MAX_SEARCH_LENGTH) {
    const text =
      `must not have more than ${MAX_SEARCH_LENGTH} characters (including spaces)` +
      ' in the search list';
    errors.push(invalid(path, searches, text));
  }
  for (const [i, search] of searches.entries()) {
    if (search === '.') continue;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    for (const it of isDNS1123SubdomainWithUnderscore(name)) {
      errors.push(invalid(path.index(i), name, it));
    }
  }
  return errors;
}

/** `spec.hostAliases`. */
export function validateHostAliases(
  aliases: NonNullable<PodSpec['hostAliases']>,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, { ip = '', hostnames = [] }] of aliases.entries()) {
    append(errors, validateIpForLegacyField(path.index(i).child('ip'), ip));
    for (const [j, hostname] of hostnames.entries()) {
      const at = path.index(i).child('hostnames').index(j);
      append(errors, validateDNS1123Subdomain(hostname, at));
    }
  }
  return errors;
}
