/**
 * What a Namespace may hold in all. Runs last, after everything else has agreed.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
 * What is used comes from the quota's status where it is declared, else from the declared objects.
 */
import { namespaceOf, type ClusterSnapshot } from '../../cluster/index.ts';
import {
  compareQuantities,
  formatQuantity,
  type KubernetesObject,
  type Pod,
  type ResourceQuota,
} from '../../manifest/index.ts';
import type { AdmissionRequest, Refusal, ValidationPlugin } from '../admission-plugin.ts';
import { listDeclared, read } from '../declared.ts';
import {
  addQuantities,
  addResources,
  isPodLevelResource,
  readResources,
  type Quantities,
} from '../pod-resources.ts';
import { scopesMatch } from '../quota/scopes.ts';
import { computeUsage, tracks, usageOf } from '../quota/usage.ts';
import { forbidden } from '../request-info.ts';

/** A quota on one of these makes every container say what it needs. */
const MUST_SPECIFY: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);

export const resourceQuota: ValidationPlugin = {
  name: 'ResourceQuota',
  upstream: {
    path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go',
    omits: ['limitedResources of the configuration', 'VolumeAttributesClass scope', 'updates'],
  },
  validate(request) {
    if (request.namespace === '') return undefined;
    const quotas = listDeclared(request.snapshot, 'ResourceQuota', request.namespace).filter((it) =>
      matches(it, request.object),
    );
    for (const quota of quotas) {
      const unspecified = missingAmounts(quota, request.object);
      if (unspecified === undefined) continue;
      const { name } = quota.metadata;
      return forbidden(request, `failed quota: ${name}: must specify ${unspecified}`);
    }
    for (const quota of quotas) {
      const refusal = exceeded(request, quota);
      if (refusal) return refusal;
    }
    return undefined;
  },
};

function hardOf(quota: ResourceQuota): Quantities {
  return readResources(quota.status?.hard ?? quota.spec?.hard);
}

function matches(quota: ResourceQuota, object: KubernetesObject): boolean {
  const applies = [...hardOf(quota).keys()].some((it) => tracks(object, it));
  return applies && scopesMatch(quota, object);
}

/** `limits.cpu for: a,b; …` for what containers of a Pod leave open; undefined where nothing. */
function missingAmounts(quota: ResourceQuota, object: KubernetesObject): string | undefined {
  if (object.kind !== 'Pod') return undefined;
  const { spec } = object as unknown as Pod;
  // With pod-level resources, whichever they are, containers need not say anything.
  if (hasPodLevel(spec.resources?.requests) || hasPodLevel(spec.resources?.limits)) {
    return undefined;
  }
  const required = [...hardOf(quota).keys()].filter((it) => MUST_SPECIFY.has(it)).sort();
  const missing = new Map<string, string[]>();
  for (const it of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const given = computeUsage(
      readResources(it.resources?.requests),
      readResources(it.resources?.limits),
    );
    for (const name of required) {
      if (!given.has(name)) missing.set(name, [...(missing.get(name) ?? []), it.name]);
    }
  }
  const texts = required
    .filter((it) => missing.has(it))
    .map((it) => `${it} for: ${[...new Set(missing.get(it))].sort().join(',')}`);
  return texts.length === 0 ? undefined : texts.join('; ');
}

function hasPodLevel(written: Readonly<Record<string, string | number>> | undefined): boolean {
  return Object.keys(written ?? {}).some((it) => isPodLevelResource(it));
}

function exceeded(request: AdmissionRequest, quota: ResourceQuota): Refusal | undefined {
  const hard = hardOf(quota);
  const used = usedOf(quota, request.snapshot, request.namespace);
  const over: string[] = [];
  const requested = usageOf(request.object);
  for (const [name, amount] of requested) {
    const bound = hard.get(name);
    if (!bound || amount.nano === 0n) continue;
    const before = used.get(name);
    const after = before ? addQuantities(before, amount) : amount;
    if (compareQuantities(after, bound) > 0) over.push(name);
  }
  if (over.length === 0) return undefined;
  const names = over.sort();
  return forbidden(
    request,
    `exceeded quota: ${quota.metadata.name}, requested: ${print(names, requested)}, ` +
      `used: ${print(names, used)}, limited: ${print(names, hard)}`,
  );
}

function usedOf(quota: ResourceQuota, snapshot: ClusterSnapshot, namespace: string): Quantities {
  if (quota.status?.used) return readResources(quota.status.used);
  const used: Quantities = new Map(
    [...hardOf(quota).keys()].map((name) => [name, { nano: 0n, format: 'DecimalSI' }]),
  );
  for (const declared of snapshot.objects()) {
    if (namespaceOf(declared) !== namespace) continue;
    const it = read(declared);
    if (it && matches(quota, it)) addResources(used, usageOf(it));
  }
  return used;
}

function print(names: readonly string[], amounts: Quantities): string {
  return names
    .flatMap((name) => {
      const amount = amounts.get(name);
      return amount ? [`${name}=${formatQuantity(amount)}`] : [];
    })
    .join(',');
}
