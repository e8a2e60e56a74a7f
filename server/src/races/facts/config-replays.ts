/** What the replays about configuration do to the objects that pods read. */
import { keyOfObject } from '../../cluster/index.ts';
import type { ConfigChange } from '../../lifecycle/index.ts';
import type { KubernetesObject, Pod } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { ApplyPlan, ConfigurationPlan } from '../replay.ts';
import { isVersionedName, restartsOnChange } from './config-changes.ts';
import { configReferences, isGiven, producerOf } from './config-references.ts';

/** What stands for all values of an object before and after it changes. */
export const OLD = 'old';
const NEW = 'new';

/** A pod that comes after a change, where whoever makes it makes new pods as well. */
export const REPLACEMENT = 'replacement';

/** The ConfigMaps and Secrets that a pod reads, with values of ours under the keys that there are. */
export function objectsRead(
  { pod, namespace, prediction }: WorkloadPrediction,
  value = OLD,
): readonly KubernetesObject[] {
  const found = new Map<string, KubernetesObject>();
  for (const reference of pod ? configReferences(pod) : []) {
    const { kind, name } = reference;
    if (kind === 'PersistentVolumeClaim' || isGiven(reference) || !pod) continue;
    const declared: KubernetesObject | undefined = prediction.snapshot.get(kind, namespace, name);
    const object = declared ?? { apiVersion: 'v1', kind, metadata: { name, namespace } };
    const asked = keysAsked(pod, name);
    // Nobody knows what is in an object that nobody declares: something is.
    const keys = declared || asked.length > 0 ? asked : ['key'];
    found.set(`${kind}/${name}`, withValues(object, value, keys));
  }
  return [...found.values()];
}

/** An object with one value under all of its keys. */
function withValues(
  object: KubernetesObject,
  value: string,
  more: readonly string[] = [],
): KubernetesObject {
  const { data, stringData } = object as { readonly data?: object; readonly stringData?: object };
  const keys = [...Object.keys(data ?? {}), ...Object.keys(stringData ?? {}), ...more];
  const { stringData: _, ...rest } = object as KubernetesObject & { readonly stringData?: object };
  const changed = { ...rest, data: Object.fromEntries(keys.map((it) => [it, value])) };
  return changed;
}

/** The keys of an object that the pod asks for by name. */
function keysAsked(pod: Pod, object: string): readonly string[] {
  const keys = configReferences(pod).flatMap((it) => (it.name === object && it.key) || []);
  for (const { name, configMap, secret, projected } of pod.spec.volumes ?? []) {
    const parts = projected?.sources?.flatMap((it) => it.configMap ?? it.secret ?? []) ?? [];
    const all = [configMap, secret && { ...secret, name: secret.secretName }, ...parts];
    for (const part of all) {
      if (part?.name !== object) continue;
      keys.push(...(part.items ?? []).map((it) => it.key));
      if (part.items) continue;
      const mounts = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((it) =>
        (it.volumeMounts ?? []).filter((mount) => mount.name === name),
      );
      keys.push(...mounts.flatMap((it) => it.subPath ?? []));
    }
  }
  return keys;
}

/**
 * All objects of a pod are edited in place, which changes none whose name has a version. Where the
 * template has a checksum of them, another pod takes the first one's place.
 */
export function edited(workload: WorkloadPrediction, when: ConfigChange): ConfigurationPlan {
  const changes = objectsRead(workload, NEW)
    .filter((it) => !isVersionedName(it.metadata.name))
    .map((put) => ({ ...when, put }));
  const objects = objectsRead(workload);
  if (!restartsOnChange(workload) || when.at === undefined) return { objects, changes };
  return {
    objects,
    changes,
    actions: [{ do: 'delete', at: when.at }],
    others: [{ name: REPLACEMENT, after: when.at }],
  };
}

/**
 * The next release of all objects of a pod: under another name where the name has a version, deleted
 * and made anew where they cannot be edited; with a pod on the same node that is of that release.
 */
export function released(
  workload: WorkloadPrediction,
  at: number,
  podAfter: number,
): ConfigurationPlan {
  const next = (name: string) => (isVersionedName(name) ? `${name}-next` : name);
  const objects = objectsRead(workload);
  const changes = objectsRead(workload, NEW).map((object): ConfigChange => {
    const { kind = '', metadata } = object;
    const { name, namespace = 'default' } = metadata;
    const put = { ...object, metadata: { ...metadata, name: next(name) } };
    const isFixed = (object as { readonly immutable?: boolean }).immutable === true;
    return isFixed && next(name) === name
      ? { at, remove: { kind, namespace, name }, put }
      : { at, put };
  });
  const renamed = (_key: string, value: unknown) =>
    objects.some((it) => it.metadata.name === value) ? next(String(value)) : value;
  const pod = JSON.parse(JSON.stringify(workload.pod, renamed)) as Pod;
  return { objects, changes, others: [{ name: REPLACEMENT, after: at + podAfter, pod }] };
}

/** What controllers make of declared resources, and how long that takes them. */
export function madeAfter(
  workload: WorkloadPrediction,
  after: number,
): NonNullable<ApplyPlan['made']> {
  const { pod, namespace, prediction } = workload;
  const objects = new Map(objectsRead(workload, NEW).map((it) => [keyOfObject(it), it]));
  return (pod ? configReferences(pod) : []).flatMap(({ kind, name }) => {
    const object = objects.get(
      keyOfObject({ apiVersion: 'v1', kind, metadata: { name, namespace } }),
    );
    const isDeclared = prediction.snapshot.get(kind, namespace, name) !== undefined;
    const of = producerOf({ kind, name }, namespace, prediction.snapshot);
    return object && of && !isDeclared ? [{ object, of, after }] : [];
  });
}
