/**
 * What admission changed: each changed field with who changed it, found by comparing the object
 * before and after a stage.
 */
import type { FieldPath } from '../manifest/index.ts';

/** One field that admission set, changed or took away. */
export interface Mutation {
  readonly path: FieldPath;
  /** `defaulting`, `registry`, `allocation`, or the name of an admission plugin. */
  readonly author: string;
  /** Undefined where nothing was written. */
  readonly before: unknown;
  /** Undefined where the field was taken away. */
  readonly after: unknown;
}

/** The fields in which two plain values differ. A list that grew differs in its new items. */
export function findMutations(
  before: unknown,
  after: unknown,
  author: string,
): readonly Mutation[] {
  const found: Mutation[] = [];
  compare(before, after, []);
  return found;

  function compare(a: unknown, b: unknown, path: FieldPath): void {
    if (a === b) return;
    if (Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; i < Math.max(a.length, b.length); i++) compare(a[i], b[i], [...path, i]);
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        compare(a[key], b[key], [...path, key]);
      }
    } else found.push({ path, author, before: a, after: clonePlain(b) });
  }
}

/** A deep copy of a plain value. */
export function clonePlain<T>(value: T): T {
  if (Array.isArray(value)) return value.map((it: unknown) => clonePlain(it)) as T;
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') Object.defineProperty(copy, key, { value: item, enumerable: true });
    else copy[key] = clonePlain(item);
  }
  return copy as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
