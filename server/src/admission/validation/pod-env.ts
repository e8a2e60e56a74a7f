/**
 * Environment variables and their sources, and the fields the downward API can name.
 * Follows ValidateEnv, ValidateEnvFrom and validateObjectFieldSelector of
 * pkg/apis/core/validation/validation.go, and pkg/apis/core/pods/helpers.go.
 */
import { formatQuantity, parseQuantity } from '../../manifest/index.ts';
import type { Container } from './pod-written.ts';
import {
  invalid,
  isConfigMapKey,
  isDNS1123Subdomain,
  isRelaxedEnvVarName,
  nameIsDNSSubdomain,
  notSupportedText,
  required,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { requireText, validateDNS1123Label, validateQualifiedName } from './pod-names.ts';
import { validatePathNoBacksteps } from './pod-paths.ts';
import { append } from './pod-append.ts';

type EnvVar = NonNullable<Container['env']>[number];
type EnvFrom = NonNullable<Container['envFrom']>[number];
type EnvVarSource = NonNullable<EnvVar['valueFrom']>;
/** A field of the pod that the downward API copies. */
export type FieldSelector = NonNullable<EnvVarSource['fieldRef']>;
/** A resource of a container that the downward API copies. */
export type ResourceSelector = NonNullable<EnvVarSource['resourceFieldRef']>;

const ENV_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Every field path that the version v1 has a name for. */
const KNOWN_FIELDS: readonly string[] = [
  ...ENV_FIELDS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
];
const RESOURCES: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const BYTE_DIVISORS: readonly string[] = '1 1k 1M 1G 1T 1P 1E 1Ki 1Mi 1Gi 1Ti 1Pi 1Ei'.split(' ');

/** `env` of one container. */
export function validateEnv(vars: readonly EnvVar[], path: Path): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, it] of vars.entries()) {
    const at = path.index(i);
    const name = it.name ?? '';
    if (name === '') errors.push(required(at.child('name'), ''));
    else {
      for (const text of isRelaxedEnvVarName(name)) {
        errors.push(invalid(at.child('name'), name, text));
      }
    }
    if (it.valueFrom) append(errors, validateSource(it, it.valueFrom, at.child('valueFrom')));
  }
  return errors;
}

function validateSource(env: EnvVar, source: EnvVarSource, path: Path): FieldErrors {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const errors: FieldErrors = [];
  if (fieldRef) append(errors, validateFieldSelector(fieldRef, ENV_FIELDS, path.child('fieldRef')));
  if (resourceFieldRef) {
    const at = path.child('resourceFieldRef');
    append(errors, validateResourceSelector(resourceFieldRef, at, false));
  }
  if (configMapKeyRef) {
    append(errors, validateKeySelector(configMapKeyRef, path.child('configMapKeyRef')));
  }
  if (secretKeyRef) append(errors, validateKeySelector(secretKeyRef, path.child('secretKeyRef')));
  if (fileKeyRef) append(errors, validateFileKey(fileKeyRef, path.child('fileKeyRef')));
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef];
  const count = sources.filter((it) => it !== undefined).length;
  if (count === 0) {
    const text =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef`' +
      ' or `fileKeyRef`';
    errors.push(invalid(path, '', text));
  } else if ((env.value ?? '') !== '') {
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) {
    errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function validateKeySelector(
  { name = '', key = '' }: { readonly name?: string; readonly key?: string },
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  for (const it of isDNS1123Subdomain(name)) errors.push(invalid(path.child('name'), name, it));
  if (key === '') errors.push(required(path.child('key'), ''));
  else for (const it of isConfigMapKey(key)) errors.push(invalid(path.child('key'), key, it));
  return errors;
}

function validateFileKey(
  selector: NonNullable<EnvVarSource['fileKeyRef']>,
  path: Path,
): FieldErrors {
  const { key = '', volumeName = '', path: file = '' } = selector;
  const errors = requireText(key, path.child('key'));
  if (key !== '') {
    for (const it of isRelaxedEnvVarName(key)) errors.push(invalid(path.child('key'), key, it));
  }
  const volume = path.child('volumeName');
  append(errors, requireText(volumeName, volume));
  if (volumeName !== '') append(errors, validateDNS1123Label(volumeName, volume));
  append(errors, requireText(file, path.child('path')));
  if (file !== '') append(errors, validatePathNoBacksteps(file, path.child('path')));
  return errors;
}

/** A downward API path: one of `fields`, or one key of the labels or annotations. */
export function validateFieldSelector(
  selector: FieldSelector,
  fields: readonly string[],
  path: Path,
): FieldErrors {
  const { apiVersion = '', fieldPath = '' } = selector;
  if (apiVersion === '') return [required(path.child('apiVersion'), '')];
  if (fieldPath === '') return [required(path.child('fieldPath'), '')];
  const at = path.child('fieldPath');
  const open = fieldPath.indexOf("['");
  const subscripted = open > 0 && fieldPath.endsWith("']");
  const plain = subscripted ? fieldPath.slice(0, open) : fieldPath;
  const converted = convertFieldPath(apiVersion, fieldPath, subscripted, plain);
  if ('wrong' in converted) {
    return [invalid(at, fieldPath, `error converting fieldPath: ${converted.wrong}`)];
  }
  if (subscripted) {
    const key = fieldPath.slice(open + 2, -2);
    if (plain === 'metadata.annotations') return validateQualifiedName(key.toLowerCase(), path);
    if (plain === 'metadata.labels') return validateQualifiedName(key, path);
    return [invalid(path, plain, 'does not support subscript')];
  }
  return fields.includes(converted.field) ? [] : [notSupportedText(at, converted.field, fields)];
}

function convertFieldPath(
  apiVersion: string,
  fieldPath: string,
  subscripted: boolean,
  plain: string,
): { readonly field: string } | { readonly wrong: string } {
  if (apiVersion !== 'v1') return { wrong: `unsupported pod version: ${apiVersion}` };
  if (subscripted) {
    if (plain === 'metadata.annotations' || plain === 'metadata.labels') return { field: plain };
    return { wrong: `field label does not support subscript: ${fieldPath}` };
  }
  // The old name of the node's name is still understood.
  if (fieldPath === 'spec.host') return { field: 'spec.nodeName' };
  if (KNOWN_FIELDS.includes(fieldPath)) return { field: fieldPath };
  return { wrong: `field label not supported: ${fieldPath}` };
}

/** A resource of a container, and the unit it is given in. A volume must name the container. */
export function validateResourceSelector(
  selector: ResourceSelector,
  path: Path,
  inVolume: boolean,
): FieldErrors {
  const { resource = '', containerName = '' } = selector;
  const errors: FieldErrors = [];
  if (inVolume && containerName === '') errors.push(required(path.child('containerName'), ''));
  else if (resource === '') errors.push(required(path.child('resource'), ''));
  else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    errors.push(notSupportedText(path.child('resource'), resource, RESOURCES));
  }
  return [...errors, ...validateDivisor(resource, selector.divisor, path.child('divisor'))];
}

function validateDivisor(
  resource: string,
  divisor: string | number | undefined,
  path: Path,
): FieldErrors {
  const quantity = divisor === undefined ? undefined : parseQuantity(divisor);
  if (!quantity || quantity.nano === 0n) return [];
  const text = formatQuantity(quantity);
  if (/^(limits|requests)\.cpu$/.test(resource)) {
    const wrong = "only divisor's values 1m and 1 are supported with the cpu resource";
    return text === '1m' || text === '1' ? [] : [invalid(path, resource, wrong)];
  }
  const kind = byteResource(resource);
  if (kind === undefined || BYTE_DIVISORS.includes(text)) return [];
  const values = BYTE_DIVISORS.join(', ');
  const wrong = `only divisor's values ${values} are supported with the ${kind} resource`;
  return [invalid(path, resource, wrong)];
}

function byteResource(resource: string): string | undefined {
  if (/^(limits|requests)\.memory$/.test(resource)) return 'memory';
  if (/^(limits|requests)\.ephemeral-storage$/.test(resource)) return 'local ephemeral storage';
  return /^(limits|requests)\.hugepages-/.test(resource) ? 'hugepages' : undefined;
}

/** `envFrom` of one container. */
export function validateEnvFrom(sources: readonly EnvFrom[], path: Path): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, { prefix = '', configMapRef, secretRef }] of sources.entries()) {
    const at = path.index(i);
    if (prefix !== '') {
      for (const it of isRelaxedEnvVarName(prefix)) {
        errors.push(invalid(at.child('prefix'), prefix, it));
      }
    }
    if (configMapRef) append(errors, validateRef(configMapRef.name, at.child('configMapRef')));
    if (secretRef) append(errors, validateRef(secretRef.name, at.child('secretRef')));
    if (!configMapRef && !secretRef) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
  }
  return errors;
}

function validateRef(name = '', path: Path): FieldErrors {
  const at = path.child('name');
  if (name === '') return [required(at, '')];
  // Upstream asks for the rule of a name that something is appended to.
  return nameIsDNSSubdomain(name, true).map((it) => invalid(at, name, it));
}
