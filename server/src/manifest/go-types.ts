/**
 * What the API's Go types say beyond the published structure: which fields are pointers, which are
 * printed even when empty, which embedded struct they come from, and the names of named types.
 *
 * `go-types.json` holds one text a field, `[*][!][0][type][@embedded]`: `*` a pointer, `!` always
 * printed (no omitempty), `0` omitzero, the named type, the embedded struct. A field that is not
 * listed is neither a pointer nor always printed.
 * Upstream: staging/src/k8s.io/api/{core,apps,batch,policy}/v1/types.go, and meta/v1/types.go.
 */
import goTypesJson from './go-types.json' with { type: 'json' };
import type { FieldStructure } from './structure.ts';

const GO_TYPES: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> =
  goTypesJson;

/** How the Go struct has a field. */
export interface GoField {
  readonly pointer: boolean;
  /** Printed though empty: the tag has no omitempty. */
  readonly always: boolean;
  /** Left out when zero, even where it is a struct (omitzero). */
  readonly omitZero: boolean;
  /** `v1.Protocol`, `v1.ResourceList`; empty for types without a name of their own. */
  readonly named: string;
  /** `VolumeSource`, `ProbeHandler`; empty where the field is the struct's own. */
  readonly embedded: string;
}

const PLAIN: GoField = {
  pointer: false,
  always: false,
  omitZero: false,
  named: '',
  embedded: '',
};
const parsed = new Map<string, GoField>();

/** Whether we know the Go struct behind a type of the structure. */
export function isGoStruct(type: string): boolean {
  return /^(?:CoreV1|AppsV1|BatchV1|PolicyV1|ApisMetaV1)/.test(type);
}

/** The Go side of one field. */
export function goField(type: string, name: string): GoField {
  const fields = Object.hasOwn(GO_TYPES, type) ? GO_TYPES[type] : undefined;
  const text = fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (text === undefined) return PLAIN;
  const known = parsed.get(text);
  if (known) return known;
  const match = /^(\*?)(!?)(0?)([^@]*)(?:@(.*))?$/.exec(text);
  const field: GoField = {
    pointer: match?.[1] === '*',
    always: match?.[2] === '!',
    omitZero: match?.[3] === '0',
    named: match?.[4] ?? '',
    embedded: match?.[5] ?? '',
  };
  parsed.set(text, field);
  return field;
}

/** The name of a struct in Go: `Container` of `CoreV1Container`. */
export function goStructName(type: string): string {
  return type.replace(/^.*?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
}

const SCALARS: Readonly<Record<string, string>> = {
  boolean: 'bool',
  double: 'float64',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
  time: 'v1.Time',
  any: 'interface {}',
};

/** The Go type of one item of a field: of the scalar or struct without its list or map. */
export function goItemType(field: FieldStructure, go: GoField): string {
  if (field.ref !== undefined) return `v1.${goStructName(field.ref)}`;
  if (go.named !== '' && !field.map) return go.named;
  return SCALARS[field.type ?? 'any'] ?? field.type ?? 'interface {}';
}

/** The Go type of a whole field, as error messages name it. */
export function goFieldType(field: FieldStructure, go: GoField): string {
  if (field.map) {
    if (go.named !== '') return go.named;
    return `map[string]${field.list ? '[]' : ''}${goItemType(field, go)}`;
  }
  return field.list ? `[]${goItemType(field, go)}` : goItemType(field, go);
}
