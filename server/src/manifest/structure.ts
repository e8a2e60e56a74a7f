/**
 * The generated structure of the API's types: which fields there are, and of what form.
 * `structure.json` is written by `npm run generate` from kubernetes-models.
 */
import type { FieldPath } from './field.ts';
import structureJson from './structure.json' with { type: 'json' };

/** The form of a scalar field. `any` is not looked into. */
export type FieldFormat =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'quantity'
  | 'int-or-string'
  | 'bytes'
  | 'time'
  | 'number'
  | 'any';

/** One field of a type. `list` and `map` say how the scalar or reference is wrapped. */
export interface FieldStructure {
  readonly type?: FieldFormat;
  /** Name of another type. */
  readonly ref?: string;
  readonly list?: boolean;
  readonly map?: boolean;
  readonly required?: boolean;
  readonly enum?: readonly string[];
  /** Members that make an item's key, for lists that are maps. */
  readonly keys?: readonly string[];
}

/** One type: `CoreV1Container`, `AppsV1DeploymentSpec`. `any` types are not looked into. */
export interface TypeStructure {
  readonly fields?: Readonly<Record<string, FieldStructure>>;
  readonly any?: boolean;
}

interface Structure {
  readonly kubernetesVersion: string;
  /** `apps/v1/Deployment` to the name of its type. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, TypeStructure>>;
}

export const STRUCTURE = structureJson as unknown as Structure;

/** The name of a kind's type; undefined for kinds we do not know. */
export function typeOfKind(apiVersion: string, kind: string): string | undefined {
  const key = `${apiVersion}/${kind}`;
  return Object.hasOwn(STRUCTURE.kinds, key) ? STRUCTURE.kinds[key] : undefined;
}

/** A field and the type it belongs to: what its description is filed under. */
export interface DescribedField {
  readonly type: string;
  readonly name: string;
  readonly field: FieldStructure;
}

/** The field that a path of an object of the kind leads to; list items and map values count as their field. */
export function describedField(
  apiVersion: string,
  kind: string,
  path: FieldPath,
): DescribedField | undefined {
  let type = typeOfKind(apiVersion, kind);
  let found: DescribedField | undefined;
  let inside = 0;
  for (const step of path) {
    if (found && inside > 0) {
      inside--;
      if (inside > 0) continue;
      type = found.field.ref;
      continue;
    }
    if (type === undefined || typeof step !== 'string') return undefined;
    const fields: Readonly<Record<string, FieldStructure>> | undefined =
      STRUCTURE.types[type]?.fields;
    const field = fields && Object.hasOwn(fields, step) ? fields[step] : undefined;
    if (!field) return undefined;
    found = { type, name: step, field };
    inside = (field.list ? 1 : 0) + (field.map ? 1 : 0);
    if (inside === 0) type = field.ref;
  }
  return found;
}
