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
  // One path for the whole walk: most of it finds nothing.
  const path: (string | number)[] = [];
  compare(before, after);
  return found;

  function step(name: string | number, a: unknown, b: unknown): void {
    if (a === b) return;
    path.push(name);
    compare(a, b);
    path.pop();
  }

  function compare(a: unknown, b: unknown): void {
    if (Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; i < Math.max(a.length, b.length); i++) step(i, a[i], b[i]);
    } else if (isObject(a) && isObject(b)) {
      // Plain objects inherit nothing, and lists of their keys are most of what a walk would make.
      for (const key in b) step(key, a[key], b[key]);
      for (const key in a) if (b[key] === undefined) step(key, a[key], undefined);
    } else if (a !== b) found.push({ path: [...path], author, before: a, after: clonePlain(b) });
  }
}

/** A deep copy of a plain value. */
export function clonePlain<T>(value: T): T {
  if (Array.isArray(value)) return value.map((it: unknown) => clonePlain(it)) as T;
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const item = value[key];
    if (key === '__proto__') Object.defineProperty(copy, key, { value: item, enumerable: true });
    else copy[key] = clonePlain(item);
  }
  return copy as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
