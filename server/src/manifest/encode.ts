/**
 * An object as the API server prints it, by the tags of its Go types.
 * Follows encoding/json and staging/src/k8s.io/api.
 */
import { fieldsOf, isGoStruct, type GoField } from './go-types.ts';
import { asObject, copyPlain, isOmitted, setOwn, zeroOf } from './go-values.ts';
import type { FieldStructure } from './structure.ts';

/**
 * An object as the server prints it: with the structs and the empty values that Go prints always
 * (`resources: {}`, `status: {}`), and without what it leaves out. Makes a copy.
 */
export function encodeObject(
  object: Readonly<Record<string, unknown>>,
  type: string,
): Record<string, unknown> {
  const fields = fieldsOf(type);
  if (!fields || !isGoStruct(type)) return copyPlain(object);
  const result: Record<string, unknown> = {};
  for (const { name, field, go } of fields.values()) {
    const encoded = encodeField(object[name], field, go);
    if (encoded !== undefined) result[name] = encoded;
  }
  return result;
}

function encodeField(value: unknown, field: FieldStructure, go: GoField): unknown {
  if (value === undefined || value === null) return encodeMissing(field, go);
  if (isOmitted(value, field, go)) return undefined;
  if (field.map) {
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      setOwn(result, key, field.list ? (item as unknown) : encodeItem(item, field));
    }
    return result;
  }
  if (field.list && Array.isArray(value)) return value.map((it) => encodeItem(it, field));
  return encodeItem(value, field);
}

function encodeMissing(field: FieldStructure, go: GoField): unknown {
  if (go.pointer) return go.always ? null : undefined;
  if (field.list || field.map) return go.always ? null : undefined;
  // A struct has no empty form that omitempty would leave out.
  if (field.ref !== undefined) return encodeObject({}, field.ref);
  if (field.type === 'quantity') return '0';
  if (field.type === 'int-or-string') return 0;
  if (field.type === 'time') return go.omitZero ? undefined : null;
  return go.always ? zeroOf(field) : undefined;
}

function encodeItem(value: unknown, field: FieldStructure): unknown {
  if (field.ref === undefined) return value;
  return encodeObject(asObject(value) ?? {}, field.ref);
}
