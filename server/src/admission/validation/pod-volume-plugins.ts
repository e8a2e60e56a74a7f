/**
 * The volume sources of in-tree plugins, most of them without a driver today but still validated.
 * Follows validateNFSVolumeSource, validateISCSIVolumeSource and their like in
 * pkg/apis/core/validation/validation.go.
 */
import type { Volume } from './pod-written.ts';
import {
  inclusiveRangeText,
  invalid,
  notSupported,
  notSupportedText,
  required,
  utf8Length,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { requireText, validateDNS1123Label } from './pod-names.ts';
import { validateLocalDescendingPath } from './pod-paths.ts';
import { append } from './pod-append.ts';

/** A source: its field, the rule, and the names upstream's paths give it where they differ. */
export interface VolumePlugin {
  readonly field: keyof Volume;
  readonly check: (volume: Volume, path: Path) => FieldErrors;
  /** In errors of the source itself. */
  readonly pathName?: string;
  /** In the error of a second source. */
  readonly secondName?: string;
}

type Source<K extends keyof Volume> = NonNullable<Volume[K]>;

function plugin<K extends keyof Volume>(
  field: K,
  check: (source: Source<K>, path: Path) => FieldErrors,
  names: Pick<VolumePlugin, 'pathName' | 'secondName'> = {},
): VolumePlugin {
  return {
    field,
    check: (volume, path) => {
      const source = volume[field];
      return source === undefined ? [] : check(source, path);
    },
    ...names,
  };
}

/** A plugin of which only some texts are required. */
function texts<K extends keyof Volume>(
  field: K,
  required: readonly (keyof Source<K> & string)[],
): VolumePlugin {
  return plugin(field, (source, path) =>
    required.flatMap((name) =>
      requireText((source as Readonly<Record<string, string>>)[name], path.child(name)),
    ),
  );
}

/** Every plugin with a rule of its own here. */
export const VOLUME_PLUGINS: readonly VolumePlugin[] = [
  plugin('gitRepo', ({ repository, directory = '' }, path) => [
    ...requireText(repository, path.child('repository')),
    ...validateLocalDescendingPath(directory, path.child('directory')),
  ]),
  plugin(
    'gcePersistentDisk',
    ({ pdName, partition }, path) => [
      ...requireText(pdName, path.child('pdName')),
      ...validatePartition(partition, path),
    ],
    { pathName: 'persistentDisk' },
  ),
  plugin('awsElasticBlockStore', ({ volumeID, partition }, path) => [
    ...requireText(volumeID, path.child('volumeID')),
    ...validatePartition(partition, path),
  ]),
  plugin('nfs', ({ server, path: exported = '' }, path) => {
    const at = path.child('path');
    const errors = [...requireText(server, path.child('server')), ...requireText(exported, at)];
    if (!exported.startsWith('/')) errors.push(invalid(at, exported, 'must be an absolute path'));
    return errors;
  }),
  plugin('iscsi', validateIscsi),
  texts('glusterfs', ['endpoints', 'path']),
  plugin('flocker', validateFlocker),
  plugin('rbd', ({ monitors = [], image }, path) => [
    ...(monitors.length === 0 ? [required(path.child('monitors'), '')] : []),
    ...requireText(image, path.child('image')),
  ]),
  plugin('cinder', ({ volumeID, secretRef }, path) => [
    ...requireText(volumeID, path.child('volumeID')),
    ...validateSecretRef(secretRef, path),
  ]),
  plugin(
    'cephfs',
    ({ monitors = [] }, path) =>
      monitors.length === 0 ? [required(path.child('monitors'), '')] : [],
    { secondName: 'cephFS' },
  ),
  plugin('quobyte', validateQuobyte),
  plugin('fc', validateFc),
  plugin('flexVolume', validateFlexVolume),
  texts('azureFile', ['secretName', 'shareName']),
  texts('vsphereVolume', ['volumePath']),
  texts('photonPersistentDisk', ['pdID']),
  texts('portworxVolume', ['volumeID']),
  plugin('azureDisk', validateAzureDisk),
  plugin('storageos', ({ volumeName = '', volumeNamespace = '', secretRef }, path) => [
    ...(volumeName === ''
      ? [required(path.child('volumeName'), '')]
      : validateDNS1123Label(volumeName, path.child('volumeName'))),
    ...(volumeNamespace === ''
      ? []
      : validateDNS1123Label(volumeNamespace, path.child('volumeNamespace'))),
    ...validateSecretRef(secretRef, path),
  ]),
  texts('scaleIO', ['gateway', 'system', 'volumeName']),
];

function validatePartition(partition = 0, path: Path): FieldErrors {
  if (partition >= 0 && partition <= 255) return [];
  return [invalid(path.child('partition'), partition, inclusiveRangeText(1, 255))];
}

function validateSecretRef(ref: { readonly name?: string } | undefined, path: Path): FieldErrors {
  return ref ? requireText(ref.name, path.child('secretRef', 'name')) : [];
}

const ISCSI_FORMATS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function validateIscsi(iscsi: Source<'iscsi'>, path: Path): FieldErrors {
  const { targetPortal, iqn = '', lun = 0, initiatorName } = iscsi;
  const errors = requireText(targetPortal, path.child('targetPortal'));
  append(
    errors,
    iqn === '' ? [required(path.child('iqn'), '')] : validateIqn(iqn, path.child('iqn')),
  );
  if (lun < 0 || lun > 255) {
    errors.push(invalid(path.child('lun'), lun, inclusiveRangeText(0, 255)));
  }
  if ((iscsi.chapAuthDiscovery === true || iscsi.chapAuthSession === true) && !iscsi.secretRef) {
    errors.push(required(path.child('secretRef'), ''));
  }
  if (initiatorName !== undefined) {
    append(errors, validateIqn(initiatorName, path.child('initiatorname')));
  }
  return errors;
}

function validateIqn(name: string, path: Path): FieldErrors {
  const format = ISCSI_FORMATS[name.slice(0, 3)];
  if (!format) return [invalid(path, name, 'must be valid format starting with iqn, eui, or naa')];
  return format.test(name) ? [] : [invalid(path, name, 'must be valid format')];
}

/** The name of a volume and its portal together must fit into the initiator's name. */
export function validateIscsiName({ iscsi, name = '' }: Volume, path: Path): FieldErrors {
  if (iscsi?.initiatorName === undefined) return [];
  if (utf8Length(`${name}:${iscsi.targetPortal ?? ''}`) <= 64) return [];
  const text =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters' +
    ' if iscsi.initiatorName is specified.';
  return [invalid(path.child('name'), name, text)];
}

function validateFlocker(
  { datasetName = '', datasetUUID = '' }: Source<'flocker'>,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  if (datasetName === '' && datasetUUID === '') {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName !== '' && datasetUUID !== '') {
    const text = 'datasetName and datasetUUID can not be specified simultaneously';
    errors.push(invalid(path, 'resource', text));
  }
  if (datasetName.includes('/')) {
    errors.push(invalid(path.child('datasetName'), datasetName, "must not contain '/'"));
  }
  return errors;
}

function validateQuobyte(
  { registry = '', tenant = '', volume }: Source<'quobyte'>,
  path: Path,
): FieldErrors {
  const text = 'must be a host:port pair or multiple pairs separated by commas';
  const at = path.child('registry');
  const errors: FieldErrors = [];
  if (registry === '') errors.push(required(at, text));
  else if (utf8Length(tenant) >= 65) {
    const wrong = 'must be a UUID and may not exceed a length of 64 characters';
    errors.push(required(path.child('tenant'), wrong));
  } else {
    for (const pair of registry.split(',')) {
      if (!/^(?:[^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) {
        errors.push(invalid(at, registry, text));
      }
    }
  }
  return [...errors, ...requireText(volume, path.child('volume'))];
}

function validateFc({ targetWWNs = [], wwids = [], lun }: Source<'fc'>, path: Path): FieldErrors {
  const at = path.child('targetWWNs');
  const errors: FieldErrors = [];
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    const text = 'targetWWNs and wwids can not be specified simultaneously';
    errors.push(invalid(at, targetWWNs, text));
  }
  if (targetWWNs.length === 0) return errors;
  if (lun === undefined) {
    errors.push(required(path.child('lun'), 'lun is required if targetWWNs is specified'));
  } else if (lun < 0 || lun > 255) {
    errors.push(invalid(path.child('lun'), lun, inclusiveRangeText(0, 255)));
  }
  return errors;
}

function validateFlexVolume({ driver, options }: Source<'flexVolume'>, path: Path): FieldErrors {
  const errors = requireText(driver, path.child('driver'));
  for (const key of Object.keys(options ?? {})) {
    const slash = key.indexOf('/');
    const namespace = `.${(slash < 0 ? key : key.slice(0, slash)).toLowerCase()}`;
    if (!namespace.endsWith('.kubernetes.io') && !namespace.endsWith('.k8s.io')) continue;
    const text = 'kubernetes.io and k8s.io namespaces are reserved';
    errors.push(invalid(path.child('options').key(key), key, text));
  }
  return errors;
}

const AZURE_CACHING: readonly string[] = ['None', 'ReadOnly', 'ReadWrite'];
const AZURE_KINDS: readonly string[] = ['Dedicated', 'Managed', 'Shared'];
const AZURE_MANAGED_URI =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const AZURE_BLOB_URI =
  'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

function validateAzureDisk(disk: Source<'azureDisk'>, path: Path): FieldErrors {
  const { diskURI = '' } = disk;
  const caching: string | undefined = disk.cachingMode;
  const kind: string | undefined = disk.kind;
  const errors = [
    ...requireText(disk.diskName, path.child('diskName')),
    ...requireText(diskURI, path.child('diskURI')),
  ];
  if (caching !== undefined && !AZURE_CACHING.includes(caching)) {
    errors.push(notSupported(path.child('cachingMode'), caching, AZURE_CACHING));
  }
  if (kind !== undefined && !AZURE_KINDS.includes(kind)) {
    errors.push(notSupported(path.child('kind'), kind, AZURE_KINDS));
  }
  const at = path.child('diskURI');
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    errors.push(notSupportedText(at, diskURI, [AZURE_MANAGED_URI]));
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.push(notSupportedText(at, diskURI, [AZURE_BLOB_URI]));
  }
  return errors;
}
