/**
 * The volumes of a pod: names, one source each, and the sources in use today.
 * Follows ValidateVolumes and validateVolumeSource of pkg/apis/core/validation/validation.go.
 * The sources of old plugins are in pod-volume-plugins.ts, projections in pod-projected.ts.
 */
import { parseQuantity } from '../../manifest/index.ts';
import type { Volume } from './pod-written.ts';
import {
  duplicate,
  forbidden,
  invalid,
  isDNS1123Subdomain,
  notSupported,
  required,
  tooLong,
  utf8Length,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import type { PodValidationOptions } from './pod-context.ts';
import { requireText, validateDNS1123Label } from './pod-names.ts';
import { validateFileMode, validatePathNoBacksteps } from './pod-paths.ts';
import { validateClaimTemplate } from './pod-claim-template.ts';
import { validateProjected } from './pod-projected.ts';
import { validateDownwardFile, validateItems, validatePullPolicy } from './pod-volume-files.ts';
import { validateIscsiName, VOLUME_PLUGINS } from './pod-volume-plugins.ts';
import { append } from './pod-append.ts';

type Source<K extends keyof Volume> = NonNullable<Volume[K]>;

const HOST_PATH_TYPES: readonly string[] = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** What a Pod's volumes are checked with; the name is empty in a template. */
export interface VolumeContext extends PodValidationOptions {
  readonly podName: string;
}

/** The errors, and the volumes that had none: only those can be mounted. */
export function validateVolumes(
  volumes: readonly Volume[],
  context: VolumeContext,
  path: Path,
): { readonly errors: FieldErrors; readonly valid: ReadonlyMap<string, Volume> } {
  const errors: FieldErrors = [];
  const valid = new Map<string, Volume>();
  const created = new Set<string>();
  if (context.podName !== '') {
    for (const it of volumes) if (it.ephemeral) created.add(`${context.podName}-${it.name ?? ''}`);
  }
  for (const [i, volume] of volumes.entries()) {
    const at = path.index(i);
    const name = volume.name ?? '';
    const own = validateVolumeSource(volume, context, at);
    append(own, requireText(name, at.child('name')));
    if (name !== '') append(own, validateDNS1123Label(name, at.child('name')));
    if (valid.has(name)) own.push(duplicate(at.child('name'), name));
    if (own.length === 0) valid.set(name, volume);
    append(errors, own);
    const claimName = volume.persistentVolumeClaim?.claimName ?? '';
    if (volume.persistentVolumeClaim && created.has(claimName)) {
      const text = 'must not reference a PVC that gets created for an ephemeral volume';
      const claim = at.child('persistentVolumeClaim').child('claimName');
      errors.push(invalid(claim, claimName, text));
    }
  }
  return { errors, valid };
}

type Check = (volume: Volume, path: Path, context: VolumeContext, whole: Path) => FieldErrors;

function of<K extends keyof Volume>(
  field: K,
  check: (source: Source<K>, path: Path, context: VolumeContext) => FieldErrors,
): readonly [K, Check] {
  return [
    field,
    (volume, path, context) => {
      const source = volume[field];
      return source === undefined ? [] : check(source, path, context);
    },
  ];
}

const CHECKS: ReadonlyMap<keyof Volume, Check> = new Map<keyof Volume, Check>([
  of('hostPath', validateHostPath),
  of('secret', validateSecret),
  of('persistentVolumeClaim', ({ claimName }, path) =>
    requireText(claimName, path.child('claimName')),
  ),
  of('downwardAPI', ({ defaultMode, items = [] }, path) => [
    ...validateFileMode(defaultMode, path.child('defaultMode')),
    // All files are reported at the volume, as upstream does.
    ...items.flatMap((it) => validateDownwardFile(it, path)),
  ]),
  of('configMap', validateConfigMap),
  of('projected', validateProjected),
  of('csi', validateCsi),
  ['ephemeral', validateEphemeral],
  of('image', validateImage),
]);

/** Upstream's order, which is that of the errors. `emptyDir` stands before all of them. */
const ORDER: readonly (keyof Volume)[] = [
  ...(['hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret'] as const),
  ...(['nfs', 'iscsi', 'glusterfs', 'flocker', 'persistentVolumeClaim', 'rbd'] as const),
  ...(['cinder', 'cephfs', 'quobyte', 'downwardAPI', 'fc', 'flexVolume', 'configMap'] as const),
  ...(['azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume'] as const),
  ...(['azureDisk', 'storageos', 'projected', 'scaleIO', 'csi', 'ephemeral', 'image'] as const),
];

function validateVolumeSource(volume: Volume, context: VolumeContext, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  let count = 0;
  if (volume.emptyDir) {
    count++;
    const size = volume.emptyDir.sizeLimit;
    if (size !== undefined && (parseQuantity(size)?.nano ?? 0n) < 0n) {
      const at = path.child('emptyDir').child('sizeLimit');
      errors.push(forbidden(at, 'SizeLimit field must be a valid resource quantity'));
    }
  }
  for (const field of ORDER) {
    if (volume[field] === undefined) continue;
    const plugin = VOLUME_PLUGINS.find((it) => it.field === field);
    if (count > 0) {
      const at = path.child(plugin?.secondName ?? secondNameOf(field));
      errors.push(forbidden(at, 'may not specify more than 1 volume type'));
    } else {
      count++;
      const at = path.child(plugin?.pathName ?? field);
      const check = CHECKS.get(field);
      append(
        errors,
        plugin ? plugin.check(volume, at) : (check?.(volume, at, context, path) ?? []),
      );
    }
    if (field === 'iscsi') append(errors, validateIscsiName(volume, path));
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  return errors;
}

// Upstream misspells one of them.
function secondNameOf(field: keyof Volume): string {
  return field === 'downwardAPI' ? 'downwarAPI' : field;
}

function validateHostPath(
  { path: target = '', type }: Source<'hostPath'>,
  path: Path,
): FieldErrors {
  if (target === '') return [required(path.child('path'), '')];
  const errors = validatePathNoBacksteps(target, path.child('path'));
  if (type !== undefined && !HOST_PATH_TYPES.includes(type)) {
    errors.push(notSupported(path.child('type'), type, HOST_PATH_TYPES));
  }
  return errors;
}

function validateSecret(source: Source<'secret'>, path: Path): FieldErrors {
  return [
    ...requireText(source.secretName, path.child('secretName')),
    ...validateFileMode(source.defaultMode, path.child('defaultMode')),
    ...validateItems(source.items, path.child('items')),
  ];
}

function validateConfigMap(source: Source<'configMap'>, path: Path): FieldErrors {
  return [
    ...requireText(source.name, path.child('name')),
    ...validateFileMode(source.defaultMode, path.child('defaultMode')),
    ...validateItems(source.items, path.child('items')),
  ];
}

function validateCsi(source: Source<'csi'>, path: Path): FieldErrors {
  const { driver = '', nodePublishSecretRef: secret } = source;
  const at = path.child('driver');
  const errors: FieldErrors = [];
  if (driver === '') errors.push(required(at, ''));
  else append(errors, validateDriverName(driver, at));
  if (!secret) return errors;
  const name = secret.name ?? '';
  if (name === '') return [...errors, required(path.child('nodePublishSecretRef', 'name'), '')];
  for (const it of isDNS1123Subdomain(name)) errors.push(invalid(path.child('name'), name, it));
  return errors;
}

function validateDriverName(driver: string, path: Path): FieldErrors {
  const errors: FieldErrors = utf8Length(driver) > 63 ? [tooLong(path, 63)] : [];
  for (const it of isDNS1123Subdomain(driver.toLowerCase())) errors.push(invalid(path, driver, it));
  return errors;
}

/** The name of the claim is made of the Pod's and the volume's, and reported at the latter. */
function validateEphemeral(
  { name = '', ephemeral }: Volume,
  path: Path,
  { podName }: VolumeContext,
  whole: Path,
): FieldErrors {
  const at = path.child('volumeClaimTemplate');
  const template = ephemeral?.volumeClaimTemplate;
  const errors = template ? validateClaimTemplate(template, at) : [required(at, '')];
  if (podName === '' || name === '') return errors;
  const claim = `${podName}-${name}`;
  for (const it of isDNS1123Subdomain(claim)) {
    errors.push(invalid(whole.child('name'), name, `PVC name "${claim}": ${it}`));
  }
  return errors;
}

function validateImage(
  source: Source<'image'>,
  path: Path,
  { resourceIsPod }: VolumeContext,
): FieldErrors {
  const errors = resourceIsPod ? requireText(source.reference, path.child('reference')) : [];
  return [...errors, ...validatePullPolicy(source.pullPolicy ?? '', path.child('pullPolicy'))];
}
