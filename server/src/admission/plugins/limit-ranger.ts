/**
 * LimitRanges fill in what containers leave out, then hold containers, Pods and claims to bounds.
 * Upstream: plugin/pkg/admission/limitranger/admission.go and SetDefaults_LimitRangeItem of
 * pkg/apis/core/v1/defaults.go. Where a LimitRange bounds several resources, upstream reports
 * them in the random order of a Go map; here they come in the order they are written.
 */
import {
  formatQuantity,
  quantityValue,
  storedQuantity,
  type LimitRange,
  type PersistentVolumeClaim,
  type Quantity,
} from '../../manifest/index.ts';
import type { MutationPlugin, ValidationPlugin } from '../admission-plugin.ts';
import { listDeclared } from '../declared.ts';
import { podDraftOf, type ContainerDraft, type PodDraft } from '../draft.ts';
import { podResources, readResources, type Quantities } from '../pod-resources.ts';
import { aggregate, forbidden } from '../request-info.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];

const ANNOTATION = 'kubernetes.io/limit-ranger';

export const limitRanger: MutationPlugin & ValidationPlugin = {
  name: 'LimitRanger',
  kinds: ['Pod', 'PersistentVolumeClaim'],
  upstream: {
    path: 'plugin/pkg/admission/limitranger/admission.go',
    omits: ['in-place resize', 'the random order of several violations'],
  },

  admit(request) {
    const pod = podDraftOf(request);
    if (!pod) return undefined;
    for (const it of listDeclared(request.snapshot, 'LimitRange', request.namespace)) {
      fillIn(pod, it.spec?.limits ?? []);
    }
    return undefined;
  },

  validate(request) {
    const { kind, object, snapshot, namespace } = request;
    const pod = podDraftOf(request);
    for (const it of listDeclared(snapshot, 'LimitRange', namespace)) {
      const limits = it.spec?.limits ?? [];
      const errors = pod
        ? limits.flatMap((item) => podViolations(pod, item))
        : kind === 'PersistentVolumeClaim'
          ? limits.flatMap((item) => claimViolations(object as never, item))
          : [];
      const message = aggregate(errors);
      if (message !== undefined) return forbidden(request, message);
    }
    return undefined;
  },
};

function fillIn(pod: PodDraft, limits: readonly Item[]): void {
  const requests: Record<string, string | number> = {};
  const maxima: Record<string, string | number> = {};
  for (const item of limits) {
    if (item.type !== 'Container') continue;
    const byDefault = { ...item.max, ...item.default };
    Object.assign(maxima, byDefault);
    Object.assign(requests, { ...item.min, ...byDefault, ...item.defaultRequest });
  }
  const done: string[] = [];
  const lists = [
    ['container', pod.spec.containers],
    ['init container', pod.spec.initContainers],
  ] as const;
  for (const [what, containers] of lists) {
    for (const container of containers ?? []) {
      const of = `for ${what} ${container.name}`;
      const limitsSet = fillContainer(container, 'limits', maxima);
      const requestsSet = fillContainer(container, 'requests', requests);
      if (requestsSet.length > 0) done.push(`${requestsSet.join(', ')} request ${of}`);
      if (limitsSet.length > 0) done.push(`${limitsSet.join(', ')} limit ${of}`);
    }
  }
  if (done.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${done.join('; ')}`,
  };
}

/** Sets what is missing; the names of what it set, sorted. */
function fillContainer(
  container: ContainerDraft,
  which: 'limits' | 'requests',
  defaults: Readonly<Record<string, string | number>>,
): string[] {
  const written: Record<string, string | number> = { ...container.resources?.[which] };
  const missing = Object.keys(defaults).filter((name) => !Object.hasOwn(written, name));
  if (missing.length === 0) return [];
  for (const name of readResources(defaults).keys()) {
    if (missing.includes(name)) written[name] = storedQuantity(String(defaults[name]));
  }
  container.resources = { ...container.resources, [which]: written };
  return missing.sort();
}

function podViolations(pod: PodDraft, item: Item): string[] {
  if (item.type === 'Container') {
    const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    return containers.flatMap((it) =>
      violations(item, readResources(it.resources?.requests), readResources(it.resources?.limits)),
    );
  }
  if (item.type !== 'Pod') return [];
  return violations(
    item,
    podResources(pod.spec, 'requests', true),
    podResources(pod.spec, 'limits', true),
  );
}

function claimViolations(claim: PersistentVolumeClaim, item: Item): string[] {
  if (item.type !== 'PersistentVolumeClaim') return [];
  const requests = readResources(claim.spec?.resources?.requests);
  return compact([
    ...[...readResources(item.min)].map(([name, bound]) =>
      belowMinimum(item.type, name, bound, requests, new Map()),
    ),
    ...[...readResources(item.max)].map(([name, bound]) =>
      requestAboveMaximum(item.type, name, bound, requests),
    ),
  ]);
}

function violations(item: Item, requests: Quantities, limits: Quantities): string[] {
  return compact([
    ...[...readResources(item.min)].map(([name, bound]) =>
      belowMinimum(item.type, name, bound, requests, limits),
    ),
    ...[...readResources(item.max)].map(([name, bound]) =>
      aboveMaximum(item.type, name, bound, requests, limits),
    ),
    ...[...readResources(item.maxLimitRequestRatio)].map(([name, bound]) =>
      aboveRatio(item.type, name, bound, requests, limits),
    ),
  ]);
}

function belowMinimum(
  type: string,
  name: string,
  bound: Quantity,
  requests: Quantities,
  limits: Quantities,
): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  if (!request) return `${text}.  No request is specified`;
  if (isLess(request, bound)) return `${text}, but request is ${formatQuantity(request)}`;
  if (limit && isLess(limit, bound)) return `${text}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function aboveMaximum(
  type: string,
  name: string,
  bound: Quantity,
  requests: Quantities,
  limits: Quantities,
): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  if (!limit) return `${text}.  No limit is specified`;
  if (isLess(bound, limit)) return `${text}, but limit is ${formatQuantity(limit)}`;
  if (request && isLess(bound, request))
    return `${text}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function requestAboveMaximum(
  type: string,
  name: string,
  bound: Quantity,
  requests: Quantities,
): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  if (!request) return `${text}.  No request is specified`;
  return isLess(bound, request) ? `${text}, but request is ${formatQuantity(request)}` : undefined;
}

function aboveRatio(
  type: string,
  name: string,
  bound: Quantity,
  requests: Quantities,
  limits: Quantities,
): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  if (!request || request.nano === 0n) {
    return `${text}, but no request is specified or request is 0`;
  }
  if (!limit || limit.nano === 0n) return `${text}, but no limit is specified or limit is 0`;
  const ratio = Number(milli(limit)) / Number(milli(request));
  if (ratio * 1000 <= Number(milli(bound))) return undefined;
  return `${text}, but provided ratio is ${ratio.toFixed(6)}`;
}

/** Upstream compares thousandths, rounded up. */
function isLess(a: Quantity, b: Quantity): boolean {
  return milli(a) < milli(b);
}

function milli(quantity: Quantity): bigint {
  return quantityValue({ ...quantity, nano: quantity.nano * 1000n });
}

function compact(texts: readonly (string | undefined)[]): string[] {
  return texts.filter((it) => it !== undefined);
}
