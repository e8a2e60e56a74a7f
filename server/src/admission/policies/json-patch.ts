/**
 * Applies the operations that a JSONPatch expression gives.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch/json_patch.go
 * and the json-patch library, whose texts the errors are.
 */
import { PatchError } from './merge-patch.ts';

const TEST_MISSING = 'JSON Patch: test operation does not apply: is missing path: ';

/** One operation of RFC 6902. */
export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** Where a pointer leads: its container, and the key in it. */
interface Place {
  readonly container: unknown;
  readonly key: string;
}

/** The patched object; undefined where a test did not hold, so that nothing is done. */
export function applyOperations(object: unknown, operations: readonly Operation[]): unknown {
  const document = { root: structuredCopy(object) };
  for (const it of operations) {
    if (!applyOne(document, it)) return undefined;
  }
  return document.root;
}

function applyOne(document: { root: unknown }, { op, path, from, value }: Operation): boolean {
  switch (op) {
    case 'add':
      add(document, path, structuredCopy(value ?? null), 'add');
      return true;
    case 'remove':
      remove(document, path, 'remove');
      return true;
    case 'replace':
      replace(document, path, structuredCopy(value ?? null));
      return true;
    case 'move': {
      const moved = read(document, from ?? '', 'move');
      remove(document, from ?? '', 'move');
      add(document, path, moved, 'move');
      return true;
    }
    case 'copy':
      add(document, path, structuredCopy(read(document, from ?? '', 'copy')), 'copy');
      return true;
    case 'test':
      if (!placeOf(document, path)) {
        throw new PatchError(`${TEST_MISSING}${path}: missing value`);
      }
      return sameJson(readOrUndefined(document, path) ?? null, value ?? null);
    default:
      throw new PatchError(`JSON Patch: unexpected kind: ${op}`);
  }
}

function placeOf(document: { root: unknown }, path: string): Place | undefined {
  const steps = [
    'root',
    ...path
      .split('/')
      .slice(1)
      .map((it) => unescape(it)),
  ];
  let container: unknown = document;
  for (const step of steps.slice(0, -1)) {
    container = childOf(container, step);
    if (container === undefined || container === null) return undefined;
  }
  return { container, key: steps.at(-1) ?? 'root' };
}

function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function childOf(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[indexIn(container, key)];
  if (typeof container !== 'object' || container === null) return undefined;
  return Object.hasOwn(container, key) ? (container as Record<string, unknown>)[key] : undefined;
}

/** Negative indexes count from the end, as the library allows. */
function indexIn(list: readonly unknown[], key: string): number {
  if (!/^-?\d+$/.test(key)) return -1;
  const index = Number(key);
  return index < 0 ? list.length + index : index;
}

function missing(what: string, path: string, quoted = false): PatchError {
  const text = quoted ? JSON.stringify(path) : path;
  return new PatchError(
    `JSON Patch: ${what} operation does not apply: doc is missing path: ${text}: missing value`,
  );
}

function add(document: { root: unknown }, path: string, value: unknown, what: string): void {
  const place = placeOf(document, path);
  if (!place) throw missing(what, path, true);
  const { container, key } = place;
  if (Array.isArray(container)) {
    const index = key === '-' ? container.length : indexIn(container, key);
    if (index < 0 || index > container.length) {
      throw new PatchError(
        `JSON Patch: error in ${what} for path: '${path}': ` +
          `Unable to access invalid index: ${key}: invalid index referenced`,
      );
    }
    container.splice(index, 0, value);
  } else if (typeof container === 'object' && container !== null) {
    setOwn(container, key, value);
  } else throw missing(what, path, true);
}

function remove(document: { root: unknown }, path: string, what: string): void {
  const place = placeOf(document, path);
  if (!place) throw missing(what, path, true);
  const { container, key } = place;
  if (childOf(container, key) === undefined) {
    const why = Array.isArray(container)
      ? `Unable to access invalid index: ${key}: invalid index referenced`
      : `Unable to remove nonexistent key: ${key}: missing value`;
    throw new PatchError(`JSON Patch: error in ${what} for path: '${path}': ${why}`);
  }
  if (Array.isArray(container)) container.splice(indexIn(container, key), 1);
  else delete (container as Record<string, unknown>)[key];
}

function replace(document: { root: unknown }, path: string, value: unknown): void {
  const place = placeOf(document, path);
  if (!place) throw missing('replace', path);
  const { container, key } = place;
  if (childOf(container, key) === undefined) {
    throw new PatchError(
      'JSON Patch: replace operation does not apply: doc is missing key: ' +
        `${path}: missing value`,
    );
  }
  if (Array.isArray(container)) container[indexIn(container, key)] = value;
  else setOwn(container as object, key, value);
}

function read(document: { root: unknown }, path: string, what: string): unknown {
  const value = readOrUndefined(document, path);
  if (value === undefined) {
    throw new PatchError(
      `JSON Patch: ${what} operation does not apply: doc is missing from path: ` +
        `${path}: missing value`,
    );
  }
  return value;
}

function readOrUndefined(document: { root: unknown }, path: string): unknown {
  const place = placeOf(document, path);
  return place && childOf(place.container, place.key);
}

/** Also `__proto__` is only a name here. */
function setOwn(container: object, key: string, value: unknown): void {
  Object.defineProperty(container, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Numbers, texts, lists and maps, copied. */
export function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((it) => structuredCopy(it));
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const [key, it] of Object.entries(value)) setOwn(copy, key, structuredCopy(it));
  return copy;
}

/** Whether two JSON values are the same, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((it, i) => sameJson(it, b[i]));
  }
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.length === right.size &&
    left.every(([key, it]) => right.has(key) && sameJson(it, right.get(key)))
  );
}
