/**
 * Files that volumes make of keys, fields and resources.
 * Follows validateKeyToPath and validateDownwardAPIVolumeFile of
 * pkg/apis/core/validation/validation.go.
 */
import type { Volume } from './pod-written.ts';
import { invalid, notSupported, required, type FieldErrors, type Path } from './machinery/index.ts';
import { validateFieldSelector, validateResourceSelector } from './pod-env.ts';
import { requireText } from './pod-names.ts';
import { validateFileMode, validateLocalNonReservedPath } from './pod-paths.ts';
import { append } from './pod-append.ts';

type DownwardFile = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

const PULL_POLICIES: readonly string[] = ['Always', 'IfNotPresent', 'Never'];
const VOLUME_FIELDS: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** One key of a Secret or ConfigMap as a file. */
export type KeyToPath = NonNullable<NonNullable<Volume['configMap']>['items']>[number];

/** The `items` of a Secret or ConfigMap. */
export function validateItems(items: readonly KeyToPath[] = [], path: Path): FieldErrors {
  return items.flatMap((it, i) => validateKeyToPath(it, path.index(i)));
}

/** validateKeyToPath. */
export function validateKeyToPath(item: KeyToPath, path: Path): FieldErrors {
  return [
    ...requireText(item.key, path.child('key')),
    ...requireText(item.path, path.child('path')),
    ...validateLocalNonReservedPath(item.path ?? '', path.child('path')),
    ...validateFileMode(item.mode, path.child('mode')),
  ];
}

/** validateDownwardAPIVolumeFile. */
export function validateDownwardFile(file: DownwardFile, path: Path): FieldErrors {
  const { fieldRef, resourceFieldRef } = file;
  const errors = requireText(file.path, path.child('path'));
  append(errors, validateLocalNonReservedPath(file.path ?? '', path.child('path')));
  if (fieldRef) {
    append(errors, validateFieldSelector(fieldRef, VOLUME_FIELDS, path.child('fieldRef')));
    if (resourceFieldRef) {
      const text = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(invalid(path, 'resource', text));
    }
  } else if (resourceFieldRef) {
    const at = path.child('resourceFieldRef');
    append(errors, validateResourceSelector(resourceFieldRef, at, true));
  } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateFileMode(file.mode, path.child('mode'))];
}

/** validatePullPolicy, of containers and image volumes. */
export function validatePullPolicy(policy: string, path: Path): FieldErrors {
  if (policy === '') return [required(path, '')];
  return PULL_POLICIES.includes(policy) ? [] : [notSupported(path, policy, PULL_POLICIES)];
}
