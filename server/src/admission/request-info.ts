/**
 * What a request is called: its resource, and the refusals that name it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/errors.go (NewForbidden, NewNotFound).
 */
import type { AdmissionRequest, Refusal, StatusCause } from './admission-plugin.ts';

/** Group, version and plural of the requested resource. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Plurals that no rule of spelling gives. */
const IRREGULAR: Readonly<Record<string, string>> = { Endpoints: 'endpoints' };

/** The plural that requests of a kind go to: `deployments`, `ingresses`. */
export function pluralOf(kind: string): string {
  const irregular = Object.hasOwn(IRREGULAR, kind) ? IRREGULAR[kind] : undefined;
  if (irregular !== undefined) return irregular;
  const lower = kind.toLowerCase();
  if (lower.endsWith('s')) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}

/** `apps/v1` as group and version; the core group is empty. */
export function groupVersionOf(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The resource that the request goes to. */
export function resourceOf(request: AdmissionRequest): GroupVersionResource {
  return { ...groupVersionOf(request.apiVersion), resource: pluralOf(request.kind) };
}

/** The resource as messages write it: `pods`, `deployments.apps`. */
export function groupResourceOf(request: AdmissionRequest): string {
  const { group, resource } = resourceOf(request);
  return group === '' ? resource : `${resource}.${group}`;
}

/** The name a refusal gives the object: before a name is generated, what it is generated from. */
export function nameInMessages(request: AdmissionRequest): string {
  const { name, generateName } = request.object.metadata;
  return name || generateName || 'Unknown';
}

/** A refusal of admission.NewForbidden: 403, with the reason given. */
export function forbidden(
  request: AdmissionRequest,
  message: string,
  causes?: readonly StatusCause[],
): Refusal {
  const name = JSON.stringify(nameInMessages(request));
  return {
    code: 403,
    reason: 'Forbidden',
    message: `${groupResourceOf(request)} ${name} is forbidden: ${message}`,
    ...(causes ? { causes } : {}),
  };
}

/** Several errors as one text, each once, as utilerrors.NewAggregate; undefined for none. */
export function aggregate(messages: readonly string[]): string | undefined {
  const unique = [...new Set(messages)];
  if (unique.length === 0) return undefined;
  return unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
}
