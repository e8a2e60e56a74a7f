/**
 * How Go sees values of the API's types: what is zero, and what is left out of print.
 */
import { fieldsOf, isGoStruct, type GoField, type PlannedField } from './go-types.ts';
import type { FieldStructure } from './structure.ts';

/** Deeper values are left out; upstream's parser gives up long before. */
export const MAX_DEPTH = 1000;

/** Members that a Go struct has though nobody wrote them, such as a container's name. */
export function addZeroValues(
  object: Record<string, unknown>,
  fields: ReadonlyMap<string, PlannedField>,
): void {
  for (const { name, field } of alwaysThere(fields)) {
    if (!Object.hasOwn(object, name)) object[name] = zeroOf(field);
  }
}

const always = new WeakMap<ReadonlyMap<string, PlannedField>, readonly PlannedField[]>();

function alwaysThere(fields: ReadonlyMap<string, PlannedField>): readonly PlannedField[] {
  const known = always.get(fields);
  if (known) return known;
  const list = [...fields.values()].filter(
    ({ field, go }) =>
      go.always && !go.pointer && !field.list && !field.map && field.type !== 'time',
  );
  always.set(fields, list);
  return list;
}

function zeroStruct(type: string): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const fields = fieldsOf(type);
  if (fields && isGoStruct(type)) addZeroValues(object, fields);
  return object;
}

/** The zero value of one item of a field. */
export function zeroOf(field: FieldStructure): unknown {
  if (field.ref !== undefined) return zeroStruct(field.ref);
  switch (field.type) {
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'number':
    case 'int-or-string':
      return 0;
    case 'quantity':
      return '0';
    case 'string':
    case 'bytes':
    case 'time':
      return '';
    case 'any':
    case undefined:
    default:
      return null;
  }
}

/** Whether Go would leave the value out when it prints the struct. */
export function isOmitted(value: unknown, field: FieldStructure, go: GoField): boolean {
  if (go.pointer || go.always) return false;
  if (field.list || field.map) return isEmptyContainer(value);
  if (field.ref !== undefined) return false;
  if (field.type === 'int-or-string' || field.type === 'quantity') return false;
  return value === '' || value === 0 || value === false;
}

function isEmptyContainer(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** The value where it is an object, neither list nor null. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

// A key such as `__proto__` must become a member, not a prototype.
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** A deep copy; integers beyond 2^53 become plain numbers. */
export function copyPlain(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return copy(object, 0) as Record<string, unknown>;
}

function copy(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((it) => copy(it, depth + 1));
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) setOwn(result, key, copy(item, depth + 1));
  return result;
}
