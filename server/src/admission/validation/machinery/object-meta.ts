/**
 * The metadata of an object on creation.
 * Follows staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go.
 */
import type { OwnerReference, StoredMetadata } from '../../../manifest/index.ts';
import { invalid, forbidden, required, tooLong, type FieldErrors } from './field-error.ts';
import type { Path } from './field-path.ts';
import { go, goValue, utf8Length, type GoPrinter } from './go-text.ts';
import { validateLabels } from './label-selector.ts';
import { isQualifiedName, nameIsDNSLabel, type NameRule } from './names.ts';
import { validateNonnegativeField } from './numbers.ts';

const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

/** Metadata as decoded: nothing is guaranteed yet. */
export type DraftMetadata = Partial<StoredMetadata>;

/** ValidateObjectMeta. */
export function validateObjectMeta(
  metadata: DraftMetadata,
  namespaced: boolean,
  nameRule: NameRule,
  path: Path,
): FieldErrors {
  const { name = '', generateName = '', namespace = '' } = metadata;
  const errors: FieldErrors = [];
  if (generateName !== '') {
    for (const it of nameRule(generateName, true)) {
      errors.push(invalid(path.child('generateName'), generateName, it));
    }
  }
  if (name === '') {
    errors.push(required(path.child('name'), 'name or generateName is required'));
  } else {
    for (const it of nameRule(name, false)) errors.push(invalid(path.child('name'), name, it));
  }
  errors.push(...validateNamespace(namespace, namespaced, path.child('namespace')));
  errors.push(...validateNonnegativeField(metadata.generation ?? 0, path.child('generation')));
  errors.push(...validateLabels(metadata.labels, path.child('labels')));
  errors.push(...validateAnnotations(metadata.annotations, path.child('annotations')));
  errors.push(...validateOwnerReferences(metadata.ownerReferences, path.child('ownerReferences')));
  errors.push(...validateFinalizers(metadata.finalizers ?? [], path.child('finalizers')));
  return errors;
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/**
 * ValidateObjectMeta of pkg/apis/core/validation: as above, and finalizers must be standard ones
 * or qualified by a domain.
 */
export function validateKubeObjectMeta(
  metadata: DraftMetadata,
  namespaced: boolean,
  nameRule: NameRule,
  path: Path,
): FieldErrors {
  const errors = validateObjectMeta(metadata, namespaced, nameRule, path);
  for (const [i, it] of (metadata.finalizers ?? []).entries()) {
    if (it.includes('/') || STANDARD_FINALIZERS.includes(it)) continue;
    const text = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalid(path.child('finalizers').index(i), it, text));
  }
  return errors;
}

function validateNamespace(namespace: string, namespaced: boolean, path: Path): FieldErrors {
  if (!namespaced) return namespace === '' ? [] : [forbidden(path, 'not allowed on this type')];
  if (namespace === '') return [required(path, '')];
  return nameIsDNSLabel(namespace, false).map((it) => invalid(path, namespace, it));
}

/** ValidateAnnotations: keys in any case, and the size of them all. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const it of isQualifiedName(key.toLowerCase())) errors.push(invalid(path, key, it));
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > ANNOTATIONS_LIMIT_BYTES) errors.push(tooLong(path, ANNOTATIONS_LIMIT_BYTES));
  return errors;
}

/** ValidateFinalizers. */
export function validateFinalizers(finalizers: readonly string[], path: Path): FieldErrors {
  const errors: FieldErrors = [];
  for (const it of finalizers) {
    for (const text of isQualifiedName(it)) errors.push(invalid(path, it, text));
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const text = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(invalid(path, finalizers, text));
  }
  return errors;
}

const omitted =
  (members: readonly (readonly [string, boolean])[]): GoPrinter =>
  (value) => {
    const object = (value ?? {}) as Record<string, unknown>;
    const parts = members
      .filter(([name, always]) => always || object[name] !== undefined)
      .map(([name]) => `"${name}":${go.object(object[name] ?? '')}`);
    return `{${parts.join(',')}}`;
  };

const printOwnerReference = omitted([
  ['apiVersion', true],
  ['kind', true],
  ['name', true],
  ['uid', true],
  ['controller', false],
  ['blockOwnerDeletion', false],
]);

/** ValidateOwnerReferences; each is reported at the list, as upstream does. */
export function validateOwnerReferences(
  references: readonly Partial<OwnerReference>[] | undefined,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  let controller = '';
  for (const it of references ?? []) {
    errors.push(...validateOwnerReference(it, path));
    if (it.controller !== true) continue;
    const name = `${it.kind ?? ''}/${it.name ?? ''}`;
    if (controller === '') controller = name;
    else {
      const text =
        'Only one reference can have Controller set to true. Found "true" in references for' +
        ` ${controller} and ${name}`;
      errors.push(invalid(path, goValue(go.slice(printOwnerReference), references), text));
    }
  }
  return errors;
}

/** Reported at the list: upstream leaves the index out. */
function validateOwnerReference(reference: Partial<OwnerReference>, path: Path): FieldErrors {
  const { apiVersion = '', kind = '' } = reference;
  const errors: FieldErrors = [];
  // A text that is no group and version has none.
  if (!/^[^/]*\/[^/]+$|^[^/]+$/.test(apiVersion)) {
    errors.push(invalid(path.child('apiVersion'), apiVersion, 'version must not be empty'));
  }
  for (const name of ['kind', 'name', 'uid'] as const) {
    const value = reference[name] ?? '';
    if (value === '') errors.push(invalid(path.child(name), value, 'must not be empty'));
  }
  if (/^\/?v1$/.test(apiVersion) && kind === 'Event') {
    const text = '/v1, Kind=Event is disallowed from being an owner';
    errors.push(invalid(path, goValue(printOwnerReference, reference), text));
  }
  return errors;
}
