/**
 * The claim an ephemeral volume is made of.
 * Follows ValidatePersistentVolumeClaimTemplate and ValidatePersistentVolumeClaimSpec of
 * pkg/apis/core/validation/validation.go.
 */
import { parseQuantity } from '../../manifest/index.ts';
import type { Volume } from './pod-written.ts';
import {
  forbidden,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  notSupported,
  required,
  validateAnnotations,
  validateLabels,
  validateLabelSelector,
  validatePositiveQuantity,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { requireText, validateDNS1123Subdomain } from './pod-names.ts';
import { validateQuantityValue } from './pod-resources.ts';
import { append } from './pod-append.ts';

type ClaimTemplate = NonNullable<NonNullable<Volume['ephemeral']>['volumeClaimTemplate']>;
/** The spec of a PersistentVolumeClaim. */
export type ClaimSpec = NonNullable<ClaimTemplate['spec']>;
type DataSourceRef = NonNullable<ClaimSpec['dataSourceRef']>;

const ACCESS_MODES: readonly string[] = [
  'ReadOnlyMany',
  'ReadWriteMany',
  'ReadWriteOnce',
  'ReadWriteOncePod',
];
const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

/** The template: only labels and annotations are of use in its metadata. */
export function validateClaimTemplate(template: ClaimTemplate, path: Path): FieldErrors {
  const metadata = template.metadata ?? {};
  const at = path.child('metadata');
  const errors = [
    ...validateAnnotations(metadata.annotations, at.child('annotations')),
    ...validateLabels(metadata.labels, at.child('labels')),
  ];
  for (const [name, value] of Object.entries(metadata)) {
    if (name === 'labels' || name === 'annotations' || isZero(value)) continue;
    errors.push(forbidden(at.child(name), 'cannot be set'));
  }
  return [...errors, ...validateClaimSpec(template.spec ?? {}, path.child('spec'))];
}

function isZero(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === 0;
}

/** ValidatePersistentVolumeClaimSpec. */
export function validateClaimSpec(spec: ClaimSpec, path: Path): FieldErrors {
  const { selector, storageClassName = '', volumeMode, volumeAttributesClassName = '' } = spec;
  const errors: FieldErrors = [];
  if ((spec.accessModes ?? []).length === 0) {
    errors.push(required(path.child('accessModes'), 'at least 1 access mode is required'));
  }
  append(errors, validateLabelSelector(selector, path.child('selector')));
  append(errors, validateAccessModes(spec.accessModes ?? [], path.child('accessModes')));
  append(errors, validateStorage(spec.resources?.requests?.storage, path.child('resources')));
  if (storageClassName !== '') {
    append(errors, validateDNS1123Subdomain(storageClassName, path.child('storageClassName')));
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(path.child('volumeMode'), volumeMode, VOLUME_MODES));
  }
  append(errors, validateDataSources(spec, path));
  if (volumeAttributesClassName !== '') {
    const at = path.child('volumeAttributesClassName');
    append(errors, validateDNS1123Subdomain(volumeAttributesClassName, at));
  }
  return errors;
}

function validateAccessModes(modes: readonly string[], path: Path): FieldErrors {
  const errors = modes
    .filter((it) => !ACCESS_MODES.includes(it))
    .map((it) => notSupported(path, it, ACCESS_MODES));
  const alone = modes.includes('ReadWriteOncePod');
  if (alone && modes.some((it) => it !== 'ReadWriteOncePod' && ACCESS_MODES.includes(it))) {
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

function validateStorage(amount: string | number | undefined, path: Path): FieldErrors {
  const at = path.key('storage');
  const quantity = amount === undefined ? undefined : parseQuantity(amount);
  if (amount === undefined || !quantity) return [required(at, '')];
  const errors = validatePositiveQuantity(amount, at);
  return errors.length > 0 ? errors : validateQuantityValue('storage', quantity, at);
}

function validateDataSources(spec: ClaimSpec, path: Path): FieldErrors {
  const { dataSource, dataSourceRef } = spec;
  const errors: FieldErrors = [];
  if (dataSource) append(errors, validateDataSource(dataSource, path.child('dataSource')));
  if (dataSourceRef) {
    const at = path.child('dataSourceRef');
    append(errors, validateDataSource(dataSourceRef, at));
    const namespace = dataSourceRef.namespace ?? '';
    if (namespace !== '') {
      for (const it of isDNS1123Label(namespace)) {
        errors.push(invalid(at.child('namespace'), namespace, it));
      }
    }
  }
  if (!dataSource || !dataSourceRef) return errors;
  // Upstream prints the path as a value, and a path has nothing to print.
  if ((dataSourceRef.namespace ?? '') !== '') {
    const text = 'may not be specified when dataSourceRef.namespace is specified';
    errors.push(invalid(path, {}, text));
  } else if (
    dataSource.apiGroup !== dataSourceRef.apiGroup ||
    dataSource.kind !== dataSourceRef.kind ||
    dataSource.name !== dataSourceRef.name
  ) {
    errors.push(invalid(path, {}, 'must match dataSourceRef'));
  }
  return errors;
}

function validateDataSource(
  source: Pick<DataSourceRef, 'apiGroup' | 'kind' | 'name'>,
  path: Path,
): FieldErrors {
  const { apiGroup = '', kind = '' } = source;
  const errors = [
    ...requireText(source.name, path.child('name')),
    ...requireText(kind, path.child('kind')),
  ];
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(path, kind, text));
  }
  if (apiGroup !== '') {
    for (const it of isDNS1123Subdomain(apiGroup)) {
      errors.push(invalid(path.child('apiGroup'), apiGroup, it));
    }
  }
  return errors;
}
