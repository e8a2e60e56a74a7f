/**
 * Objects of the declared world as the API server would hold them. What it would have refused to
 * store does not exist, so that plugins may trust types as they do upstream.
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import {
  decodeObject,
  encodeObject,
  STRUCTURE,
  typeOfKind,
  type KindMap,
  type KubernetesObject,
} from '../manifest/index.ts';

const READ = new WeakMap<object, KubernetesObject | null>();

/** All objects of a kind; of one namespace where it is given. */
export function listDeclared<K extends keyof KindMap>(
  snapshot: ClusterSnapshot,
  kind: K,
  namespace?: string,
): KindMap[K][] {
  const all = snapshot.list(kind, namespace) as unknown as readonly KubernetesObject[];
  return readAll(all) as unknown as KindMap[K][];
}

/** Objects of a kind without a type of its own here. */
export function listDeclaredUntyped(snapshot: ClusterSnapshot, kind: string): KubernetesObject[] {
  return readAll(snapshot.listUntyped(kind));
}

/** One object; the namespace is empty for cluster-scoped kinds. */
export function getDeclared<K extends keyof KindMap>(
  snapshot: ClusterSnapshot,
  kind: K,
  namespace: string,
  name: string,
): KindMap[K] | undefined {
  const found = snapshot.get(kind, namespace, name) as unknown as KubernetesObject | undefined;
  return found && (read(found) as unknown as KindMap[K] | undefined);
}

function readAll(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.flatMap((it) => read(it) ?? []);
}

/** Undefined where the server would refuse it. Custom resources are as they are written. */
export function read(object: KubernetesObject): KubernetesObject | undefined {
  const cached = READ.get(object);
  if (cached !== undefined) return cached ?? undefined;
  const { apiVersion = '', kind = '', metadata } = object;
  const type = typeOfKind(apiVersion, kind);
  let result: KubernetesObject | null = object;
  if (type !== undefined) {
    const { object: decoded, fault } = decodeObject(object, type);
    const { name, namespace } = metadata;
    // Encoded again, so that fields which are always there are.
    const stored = encodeObject(decoded, type);
    const own = stored['metadata'] as object | undefined;
    const whole = { ...stored, apiVersion, kind, metadata: { ...own, name, namespace } };
    // A policy with a required part missing is refused; elsewhere zero values stand in for it.
    const partial = kind.includes('AdmissionPolicy') && lacksRequired(stored, type);
    result = fault || partial ? null : whole;
  }
  READ.set(object, result);
  return result ?? undefined;
}

/** Whether a field that the API requires is missing, here or further down. */
function lacksRequired(value: unknown, type: string | undefined): boolean {
  const fields = type === undefined ? undefined : STRUCTURE.types[type]?.fields;
  if (!fields || typeof value !== 'object' || value === null) return false;
  const object = value as Readonly<Record<string, unknown>>;
  return Object.entries(fields).some(([name, { required, ref, map }]) => {
    const inner = Object.hasOwn(object, name) ? object[name] : undefined;
    if (inner === undefined || inner === null) {
      // Bindings may leave out what the structure says is there always.
      return required === true && name !== 'metadata';
    }
    if (map || ref === undefined) return false;
    return Array.isArray(inner)
      ? inner.some((it) => lacksRequired(it, ref))
      : lacksRequired(inner, ref);
  });
}
