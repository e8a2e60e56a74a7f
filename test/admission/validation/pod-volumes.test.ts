import { expect, test } from 'vitest';
import { causesOf, podWith } from '../../support/admitted-pod.ts';

const NAME = 'spec.volumes[0]';

/** What is wrong with one volume, its own path left out. */
function wrongWith(volume: object): string[] {
  return causesOf(podWith({ volumes: [{ name: 'v', ...volume }] })).map((it) =>
    it.replace(`${NAME}.`, ''),
  );
}

test.each<[string, object, string[]]>([
  [
    'iscsi',
    {
      targetPortal: 'p'.repeat(70),
      iqn: 'naa.1',
      lun: 256,
      chapAuthSession: true,
      initiatorName: 'x',
    },
    [
      'iscsi.iqn: Invalid value: "naa.1": must be valid format',
      'iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
      'iscsi.secretRef: Required value',
      'iscsi.initiatorname: Invalid value: "x":' +
        ' must be valid format starting with iqn, eui, or naa',
      'name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under' +
        ' 64 characters if iscsi.initiatorName is specified.',
    ],
  ],
  [
    'gcePersistentDisk',
    { partition: 256 },
    [
      'persistentDisk.pdName: Required value',
      'persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
  ],
  [
    'quobyte',
    { registry: 'a:1,b', volume: 'x' },
    [
      'quobyte.registry: Invalid value: "a:1,b":' +
        ' must be a host:port pair or multiple pairs separated by commas',
    ],
  ],
  [
    'azureDisk',
    { diskName: 'd', diskURI: '/x', cachingMode: 'All', kind: 'Managed' },
    [
      'azureDisk.cachingMode: Unsupported value: "All":' +
        ' supported values: "None", "ReadOnly", "ReadWrite"',
      'azureDisk.diskURI: Unsupported value: "/x": supported values: "/subscriptions/{sub-id}' +
        '/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
  ],
  [
    'flocker',
    { datasetName: 'a/b', datasetUUID: 'u' },
    [
      'flocker: Invalid value: "resource":' +
        ' datasetName and datasetUUID can not be specified simultaneously',
      'flocker.datasetName: Invalid value: "a/b": must not contain \'/\'',
    ],
  ],
  [
    'fc',
    { targetWWNs: ['a'], wwids: ['b'] },
    [
      'fc.targetWWNs: Invalid value: ["a"]:' +
        ' targetWWNs and wwids can not be specified simultaneously',
      'fc.lun: Required value: lun is required if targetWWNs is specified',
    ],
  ],
  [
    'flexVolume',
    { options: { 'K8s.io/a': '', a: '' } },
    [
      'flexVolume.driver: Required value',
      'flexVolume.options[K8s.io/a]: Invalid value: "K8s.io/a":' +
        ' kubernetes.io and k8s.io namespaces are reserved',
    ],
  ],
  [
    'nfs',
    { server: 's' },
    ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path'],
  ],
  [
    'storageos',
    { secretRef: {} },
    ['storageos.volumeName: Required value', 'storageos.secretRef.name: Required value'],
  ],
  ['rbd', {}, ['rbd.monitors: Required value', 'rbd.image: Required value']],
  [
    'image',
    { pullPolicy: 'Sometimes' },
    [
      'image.reference: Required value',
      'image.pullPolicy: Unsupported value: "Sometimes":' +
        ' supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  [
    'csi',
    { driver: 'a_b', nodePublishSecretRef: {} },
    [
      'csi.driver: Invalid value: "a_b": a lowercase RFC 1123 subdomain must consist of lower case' +
        " alphanumeric characters, '-' or '.', and must start and end with an alphanumeric" +
        " character (e.g. 'example.com', regex used for validation is" +
        " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'csi.nodePublishSecretRef.name: Required value',
    ],
  ],
])('a volume of %s is refused as upstream refuses it', (field, source, causes) => {
  expect(wrongWith({ [field]: source })).toEqual(causes);
});

test('a claim in a template has modes that fit together and one source', () => {
  const spec = {
    accessModes: ['ReadWriteOncePod', 'ReadWriteMany', 'Bogus'],
    resources: { requests: { storage: '0' } },
    volumeMode: 'Tape',
    dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
    dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' },
  };
  const metadata = { name: 'x', labels: { a: 'b' } };
  const causes = wrongWith({ ephemeral: { volumeClaimTemplate: { metadata, spec } } });
  expect(causes.map((it) => it.replace('ephemeral.volumeClaimTemplate.', ''))).toEqual([
    'metadata.name: Forbidden: cannot be set',
    'spec.accessModes: Unsupported value: "Bogus": supported values:' +
      ' "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    'spec: Invalid value: {}: must match dataSourceRef',
  ]);
});

test('a mount is read-only in depth only where it is read-only, and has one kind of sub-path', () => {
  const volumeMounts = [
    { name: 'v', mountPath: '/a', subPath: 'x', subPathExpr: '/$(A)' },
    { name: 'v', mountPath: '/b', recursiveReadOnly: 'Enabled', mountPropagation: 'Shared' },
  ];
  const pod = podWith({ volumes: [{ name: 'v' }] }, { volumeMounts });
  expect(causesOf(pod).map((it) => it.replace('spec.containers[0].volumeMounts', ''))).toEqual([
    '[0].subPathExpr: Invalid value: "/$(A)": subPathExpr and subPath are mutually exclusive',
    '.subPathExpr: Invalid value: "/$(A)": must be a relative path',
    '.mountPropagation: Unsupported value: "Shared":' +
      ' supported values: "Bidirectional", "HostToContainer", "None"',
    '.recursiveReadOnly: Forbidden: may only be specified when readOnly is true',
    '.recursiveReadOnly: Forbidden:' +
      ' may only be specified when mountPropagation is None or not specified',
  ]);
});
