/**
 * Applies the operations that a JSONPatch expression gives.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch/json_patch.go
 * and the json-patch library, whose texts the errors are.
 */
import { PatchError } from './merge-patch.ts';

const MISSING = 'missing value';

/** One operation of RFC 6902. */
export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Container = unknown[] | Record<string, unknown>;

/** Where a pointer leads: its container, and the key in it. */
interface Place {
  readonly container: Container;
  readonly key: string;
}

interface Document {
  root: Container;
}

/** The patched object; undefined where a test did not hold, so that nothing is done. */
export function applyOperations(object: object, operations: readonly Operation[]): unknown {
  const document: Document = { root: structuredCopy(object) as Container };
  for (const it of operations) {
    if (!applyOne(document, it)) return undefined;
  }
  return document.root;
}

function applyOne(document: Document, operation: Operation): boolean {
  const { op, path, value } = operation;
  switch (op) {
    case 'add':
      within(`error in add for path: '${path}'`, () =>
        addTo(quotedPlace(document, path, op), structuredCopy(value ?? null)),
      );
      return true;
    case 'remove':
      within(`error in remove for path: '${path}'`, () =>
        removeFrom(quotedPlace(document, path, op)),
      );
      return true;
    case 'replace':
      replace(document, path, structuredCopy(value ?? null));
      return true;
    case 'move':
      move(document, operation);
      return true;
    case 'copy':
      copy(document, operation);
      return true;
    case 'test':
      return test(document, operation);
    default:
      throw new PatchError(`JSON Patch: Unexpected kind: ${op}`);
  }
}

/** What goes wrong with one key; the caller says where. */
class KeyError extends Error {}

function within<T>(where: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof KeyError) throw new PatchError(`JSON Patch: ${where}: ${error.message}`);
    throw error;
  }
}

/** The container that the pointer names and its last step; undefined where there is none. */
function placeOf(document: Document, path: string): Place | undefined {
  const steps = path
    .split('/')
    .slice(1)
    .map((it) => it.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = steps.pop();
  if (key === undefined) return undefined;
  let container = document.root;
  for (const step of steps) {
    const next = childOf(container, step);
    if (typeof next !== 'object' || next === null) return undefined;
    container = next as Container;
  }
  return { container, key };
}

function childOf(container: Container, key: string): unknown {
  try {
    return get({ container, key });
  } catch (error) {
    if (error instanceof KeyError) return undefined;
    throw error;
  }
}

function placeOr(document: Document, path: string, what: string): Place {
  const place = placeOf(document, path);
  if (place) return place;
  throw new PatchError(`JSON Patch: ${what}: ${path}: ${MISSING}`);
}

function quotedPlace(document: Document, path: string, op: string): Place {
  const place = placeOf(document, path);
  if (place) return place;
  const where = `doc is missing path: "${path}"`;
  throw new PatchError(`JSON Patch: ${op} operation does not apply: ${where}: ${MISSING}`);
}

/** Negative indexes count from the end, as the library allows. */
function indexIn(key: string, length: number): number {
  const index = readIndex(key);
  if (index >= length || index < -length) throw invalidIndex(index);
  return index < 0 ? length + index : index;
}

function readIndex(key: string): number {
  if (/^[-+]?\d+$/.test(key)) return Number(key);
  throw new KeyError(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
}

function invalidIndex(index: number): KeyError {
  return new KeyError(`Unable to access invalid index: ${index}: invalid index referenced`);
}

/** A key that a map has not is no error, and its value undefined. */
function get({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[indexIn(key, container.length)];
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function addTo({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) setOwn(container, key, value);
  else if (key === '-') container.push(value);
  else {
    let index;
    try {
      index = readIndex(key);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      throw new KeyError(`value was not a proper array index: '${key}': ${error.message}`);
    }
    const length = container.length + 1;
    if (index >= length || index < -length) throw invalidIndex(index);
    container.splice(index < 0 ? length + index : index, 0, value);
  }
}

function removeFrom({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexIn(key, container.length), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new KeyError(`Unable to remove nonexistent key: ${key}: ${MISSING}`);
}

/** A map need not have the key yet. */
function replace(document: Document, path: string, value: unknown): void {
  if (path === '') {
    if (typeof value !== 'object' || value === null) {
      const why = 'replace operation value must be object or array: %!w(<nil>)';
      throw new PatchError(`JSON Patch: ${why}`);
    }
    document.root = value as Container;
    return;
  }
  const place = placeOr(document, path, 'replace operation does not apply: doc is missing path');
  const { container, key } = place;
  if (!Array.isArray(container)) {
    setOwn(container, key, value);
    return;
  }
  if (childOf(container, key) === undefined) {
    const what = 'replace operation does not apply: doc is missing key';
    throw new PatchError(`JSON Patch: ${what}: ${path}: ${MISSING}`);
  }
  container[indexIn(key, container.length)] = value;
}

function fromOf({ op, from = '' }: Operation): string {
  if (from !== '') return from;
  const why = `${op} operation failed to decode from: operation, missing from field`;
  throw new PatchError(`JSON Patch: ${why}: ${MISSING}`);
}

function move(document: Document, operation: Operation): void {
  const from = fromOf(operation);
  const { path } = operation;
  const source = placeOr(document, from, 'move operation does not apply: doc is missing from path');
  const value = within(`error in move for path: '${source.key}'`, () => {
    const found = get(source);
    removeFrom(source);
    return found;
  });
  const missing = 'move operation does not apply: doc is missing destination path';
  const target = placeOr(document, path, missing);
  within(`error in move for path: '${path}'`, () => addTo(target, value));
}

function copy(document: Document, operation: Operation): void {
  const from = fromOf(operation);
  const { path } = operation;
  const source = placeOr(document, from, 'copy operation does not apply: doc is missing from path');
  const value = within(`error in copy for from: '${from}'`, () => get(source));
  const missing = 'copy operation does not apply: doc is missing destination path';
  const target = placeOr(document, path, missing);
  within('error while adding value during copy', () =>
    addTo(target, structuredCopy(value ?? null)),
  );
}

function test(document: Document, { path, value }: Operation): boolean {
  if (path === '') return sameJson(document.root, value);
  const place = placeOr(document, path, 'test operation does not apply: is missing path');
  const found = within(`error in test for path: '${path}'`, () => get(place));
  // What is null or not there is the same only as a value that is left out.
  if (found === undefined || found === null) return value === undefined;
  return sameJson(found, value);
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
