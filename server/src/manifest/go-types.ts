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
import { STRUCTURE, type FieldStructure } from './structure.ts';

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

/** One field of a type: how the API has it, and how Go has it. */
export interface PlannedField {
  readonly name: string;
  readonly field: FieldStructure;
  readonly go: GoField;
}

const plans = new Map<string, ReadonlyMap<string, PlannedField> | undefined>();

/** The fields of a type by name; undefined for types that are not looked into. */
export function fieldsOf(type: string): ReadonlyMap<string, PlannedField> | undefined {
  const known = plans.get(type);
  if (known || plans.has(type)) return known;
  const fields: Readonly<Record<string, FieldStructure>> | undefined =
    STRUCTURE.types[type]?.fields;
  const plan =
    fields &&
    new Map(
      Object.entries(fields).map(([name, field]) => [
        name,
        { name, field, go: goField(type, name) },
      ]),
    );
  plans.set(type, plan);
  return plan;
}

const PLAIN: GoField = {
  pointer: false,
  always: false,
  omitZero: false,
  named: '',
  embedded: '',
};

/** Whether we know the Go struct behind a type of the structure. */
export function isGoStruct(type: string): boolean {
  return /^(?:CoreV1|AppsV1|BatchV1|PolicyV1|ApisMetaV1)/.test(type);
}

/** The Go side of one field. */
function goField(type: string, name: string): GoField {
  const fields = Object.hasOwn(GO_TYPES, type) ? GO_TYPES[type] : undefined;
  const text = fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (text === undefined) return PLAIN;
  const match = /^(\*?)(!?)(0?)([^@]*)(?:@(.*))?$/.exec(text);
  return {
    pointer: match?.[1] === '*',
    always: match?.[2] === '!',
    omitZero: match?.[3] === '0',
    named: match?.[4] ?? '',
    embedded: match?.[5] ?? '',
  };
}

/** The name of a struct in Go: `Container` of `CoreV1Container`. */
export function goStructName(type: string): string {
  const known = structNames.get(type);
  if (known !== undefined) return known;
  const name = type.replace(/^.*?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
  structNames.set(type, name);
  return name;
}

const structNames = new Map<string, string>();

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
