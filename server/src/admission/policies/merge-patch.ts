/**
 * Merges what an ApplyConfiguration expression gives into the object, field by field: lists that
 * are maps by their keys. What is atomic may not be touched.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go and
 * structured-merge-diff. Kinds whose structure is not known are merged as plain maps.
 */
import { STRUCTURE, typeOfKind, type FieldStructure } from '../../manifest/index.ts';

type Json = Record<string, unknown>;

/** Types that are replaced whole (`x-kubernetes-map-type: atomic`). */
const ATOMIC_TYPES: ReadonlySet<string> = new Set([
  'ConfigMapKeySelector',
  'FileKeySelector',
  'LabelSelector',
  'LocalObjectReference',
  'NodeSelector',
  'NodeSelectorTerm',
  'ObjectFieldSelector',
  'ObjectReference',
  'OwnerReference',
  'ResourceFieldSelector',
  'ScopeSelector',
  'SecretKeySelector',
  'SecretReference',
  'ServiceBackendPort',
  'TypedLocalObjectReference',
]);
/** Maps of scalars that are replaced whole, by the name of their type and field. */
const ATOMIC_MAPS: ReadonlySet<string> = new Set([
  'CoreV1PodSpec.nodeSelector',
  'CoreV1ServiceSpec.selector',
  'CoreV1ReplicationControllerSpec.selector',
]);
/** Lists of scalars that are merged as sets. */
const SET_FIELDS: ReadonlySet<string> = new Set([
  'ApisMetaV1ObjectMeta.finalizers',
  'CoreV1ContainerRestartRuleOnExitCodes.values',
  'BatchV1PodFailurePolicyOnExitCodesRequirement.values',
]);
/** What a key of a list item is where it is not written. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** Why a patch cannot be applied, in the server's words. */
export class PatchError extends Error {}

/** The object with the patch merged in; throws PatchError. */
export function applyPatch(object: Json, patch: Json, apiVersion: string, kind: string): Json {
  const type = typeOfKind(apiVersion, kind);
  const undeclared = undeclaredFields(patch, type, '');
  if (undeclared !== undefined) {
    throw new PatchError(`failed to convert patch object to typed object: ${undeclared}`);
  }
  const atomics = atomicsIn(patch, type, '');
  if (atomics.length > 0) {
    throw new PatchError(
      'invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ' +
        atomics.join(', '),
    );
  }
  return mergeMaps(object, patch, type);
}

function fieldsOf(type: string | undefined): Readonly<Record<string, FieldStructure>> | undefined {
  if (type === undefined || !Object.hasOwn(STRUCTURE.types, type)) return undefined;
  return STRUCTURE.types[type]?.fields;
}

function fieldOf(type: string | undefined, name: string): FieldStructure | undefined {
  const fields = fieldsOf(type);
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first thing in the patch that the structure does not allow. */
function undeclaredFields(
  value: unknown,
  type: string | undefined,
  path: string,
): string | undefined {
  if (!fieldsOf(type) || value === null) return undefined;
  if (!isMap(value)) return `${path}: expected map, got ${JSON.stringify(value)}`;
  for (const [name, inner] of Object.entries(value)) {
    const at = `${path}.${name}`;
    const field = fieldOf(type, name);
    if (!field) return `${at}: field not declared in schema`;
    if (field.list && !field.map && !Array.isArray(inner) && inner !== null) {
      return `${at}: expected list, got ${JSON.stringify(inner)}`;
    }
    const items = Array.isArray(inner) ? inner : field.map ? [] : [inner];
    for (const [i, item] of items.entries()) {
      const missing = field.keys?.find(
        (key) => isMap(item) && item[key] === undefined && !Object.hasOwn(KEY_DEFAULTS, key),
      );
      if (missing !== undefined && Array.isArray(inner)) {
        return (
          `${at}: element ${i}: associative list with keys has an element that omits ` +
          `key field ${JSON.stringify(missing)} (and doesn't have default value)`
        );
      }
      const place = Array.isArray(inner) ? `${at}[${i}]` : at;
      const found = scalarFault(item, field, place) ?? undeclaredFields(item, field.ref, place);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const NUMERIC: readonly string[] = ['int32', 'int64', 'double', 'number'];
const TEXTUAL: readonly string[] = ['string', 'bytes', 'time'];

function scalarFault(value: unknown, { type = 'any' }: FieldStructure, at: string) {
  if (value === null) return undefined;
  if (NUMERIC.includes(type) && typeof value !== 'number') {
    return `${at}: expected numeric (int or float), got ${goTypeOf(value)}`;
  }
  if (TEXTUAL.includes(type) && typeof value !== 'string') {
    return `${at}: expected string, got ${JSON.stringify(value)}`;
  }
  if (type === 'boolean' && typeof value !== 'boolean') {
    const got = typeof value === 'string' ? value : JSON.stringify(value);
    return `${at}: expected boolean, got ${got}`;
  }
  return undefined;
}

function goTypeOf(value: unknown): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function isAtomicType(type: string | undefined): boolean {
  return (
    type !== undefined && ATOMIC_TYPES.has(type.replace(/^[A-Za-z]+V\d+((?:alpha|beta)\d+)?/, ''))
  );
}

function atomicsIn(value: unknown, type: string | undefined, path: string): string[] {
  if (!isMap(value)) return [];
  const found = isAtomicType(type) ? [path] : [];
  for (const [name, inner] of Object.entries(value)) {
    const at = `${path}.${name}`;
    const field = fieldOf(type, name);
    if (!field) continue;
    if (Array.isArray(inner)) {
      const merged = field.keys || SET_FIELDS.has(`${type}.${name}`);
      if (!merged) found.push(at);
      for (const [i, it] of inner.entries()) found.push(...atomicsIn(it, field.ref, `${at}[${i}]`));
    } else if (field.map && ATOMIC_MAPS.has(`${type}.${name}`)) found.push(at);
    else if (!field.map) found.push(...atomicsIn(inner, field.ref, at));
  }
  return found;
}

function mergeMaps(live: Json, patch: Json, type: string | undefined): Json {
  const merged: Json = { ...live };
  for (const [name, value] of Object.entries(patch)) {
    const field = fieldOf(type, name);
    const before = merged[name];
    if (Array.isArray(value) && Array.isArray(before) && field?.keys) {
      merged[name] = mergeKeyed(before, value, field.keys, field.ref);
    } else if (Array.isArray(value) && Array.isArray(before) && SET_FIELDS.has(`${type}.${name}`)) {
      merged[name] = [...new Set([...before, ...value])];
    } else if (isMap(value) && isMap(before)) {
      merged[name] = mergeMaps(before, value, field?.map ? undefined : field?.ref);
    } else merged[name] = value;
  }
  return merged;
}

/** Items of both lists by key: the live order, new ones before the shared one they stand before. */
function mergeKeyed(
  live: readonly unknown[],
  patch: readonly unknown[],
  keys: readonly string[],
  type: string | undefined,
): unknown[] {
  const keyOf = (it: unknown): string =>
    JSON.stringify(keys.map((key) => (isMap(it) ? (it[key] ?? KEY_DEFAULTS[key]) : it)));
  const liveByKey = new Map(live.map((it) => [keyOf(it), it]));
  const patched = new Set(patch.map((it) => keyOf(it)));
  const merged: unknown[] = [];
  let next = 0;
  const takeLiveOnly = (): void => {
    while (next < live.length && !patched.has(keyOf(live[next]))) merged.push(live[next++]);
  };
  for (const item of patch) {
    takeLiveOnly();
    const before = liveByKey.get(keyOf(item));
    merged.push(isMap(before) && isMap(item) ? mergeMaps(before, item, type) : item);
    if (next < live.length && keyOf(live[next]) === keyOf(item)) next++;
  }
  for (; next < live.length; next++) {
    if (!patched.has(keyOf(live[next]))) merged.push(live[next]);
  }
  return merged;
}
