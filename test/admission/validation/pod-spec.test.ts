import { expect, test } from 'vitest';
import { causesOf, podWith } from '../../support/admitted-pod.ts';

type Row = readonly [title: string, spec: object, container: object, causes: readonly string[]];

const C = 'spec.containers[0]';

function table(rows: readonly Row[]): void {
  test.each(rows)('%s', (_, spec, container, causes) => {
    expect(causesOf(podWith(spec, container))).toEqual(causes);
  });
}

table([
  [
    'a volume has one source and a name of its own',
    {
      volumes: [
        { name: 'a', emptyDir: {}, downwardAPI: {} },
        { name: 'b', hostPath: { path: '/x/../y' } },
        { name: 'c', secret: { secretName: 's', defaultMode: 512 } },
      ],
    },
    { volumeMounts: [{ name: 'b', mountPath: '/b' }] },
    [
      'spec.volumes[0].downwarAPI: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].hostPath.path: Invalid value: "/x/../y": must not contain \'..\'',
      'spec.volumes[2].secret.defaultMode: Invalid value: 512:' +
        ' must be a number between 0 and 0777 (octal), both inclusive',
      `${C}.volumeMounts[0].name: Not found: "b"`,
    ],
  ],
  [
    'mounts have paths of their own, and devices need claims',
    { volumes: [{ name: 'a' }] },
    {
      volumeMounts: [
        { name: 'a', mountPath: '/a', subPath: '../x' },
        { name: 'a', mountPath: '/a', mountPropagation: 'Bidirectional' },
      ],
      volumeDevices: [{ name: 'a', devicePath: '/dev/a' }],
    },
    [
      `${C}.volumeMounts[0].name: Invalid value: "a": must not already exist in volumeDevices`,
      `${C}.volumeMounts.subPath: Invalid value: "../x": must not contain '..'`,
      `${C}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
      `${C}.volumeMounts[1].name: Invalid value: "a": must not already exist in volumeDevices`,
      `${C}.volumeMounts.mountPropagation: Forbidden:` +
        ' Bidirectional mount propagation is available only to privileged containers',
      `${C}.volumeDevices[0].name: Invalid value: "a": can only use volume source type of` +
        ' PersistentVolumeClaim or Ephemeral for block mode',
      `${C}.volumeDevices[0].name: Invalid value: "a": must not already exist in volumeMounts`,
    ],
  ],
  [
    'projected files have paths of their own, and tokens live ten minutes',
    {
      volumes: [
        {
          name: 'p',
          projected: {
            sources: [
              { configMap: { name: 'm', items: [{ key: 'a', path: 'x' }] } },
              { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
              { serviceAccountToken: { path: '..x', expirationSeconds: 1 } },
            ],
          },
        },
      ],
    },
    {},
    [
      'spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[2].serviceAccountToken.expirationSeconds:' +
        ' Invalid value: 1: may not specify a duration less than 10 minutes',
      'spec.volumes[0].projected.path: Invalid value: "..x": must not start with \'..\'',
    ],
  ],
  [
    'an ephemeral volume is a whole claim',
    { volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: {} } }] },
    {},
    [
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value:' +
        ' at least 1 access mode is required',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value',
    ],
  ],
]);

table([
  [
    'affinity terms name topologies, and requirements have values',
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 0, preference: { matchExpressions: [{ key: 'a', operator: 'Gt' }] } },
          ],
        },
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'zone',
              labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
              matchLabelKeys: ['app'],
              mismatchLabelKeys: ['app'],
            },
          ],
        },
      },
    },
    {},
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution' +
        '.nodeSelectorTerms: Required value: must have at least one node selector term',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight:' +
        ' Invalid value: 0: must be in the range 1-100',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference' +
        '.matchExpressions[0].values: Required value:' +
        " must be specified single value when `operator` is 'Lt' or 'Gt'",
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector' +
        '.matchExpressions[0].values: Required value:' +
        " must be specified when `operator` is 'In' or 'NotIn'",
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0][0]:' +
        ' Invalid value: "app": exists in both matchLabelKeys and labelSelector',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]' +
        '.matchLabelKeys[0]: Invalid value: "app":' +
        ' exists in both matchLabelKeys and mismatchLabelKeys',
    ],
  ],
  [
    'spread constraints have a skew, a key and an action, once each',
    {
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 1 },
        {
          maxSkew: 1,
          topologyKey: 'z',
          whenUnsatisfiable: 'ScheduleAnyway',
          matchLabelKeys: ['a'],
        },
      ],
    },
    {},
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value:' +
        ' "{z, ScheduleAnyway}"',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 1:' +
        ' can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
      'spec.topologySpreadConstraints[1].matchLabelKeys: Forbidden:' +
        ' must not be specified when labelSelector is not set',
    ],
  ],
  [
    'tolerations say what they tolerate',
    {
      tolerations: [
        { operator: 'Equal', effect: 'Never' },
        { key: 'a', operator: 'Exists', value: 'x', tolerationSeconds: 1 },
        { key: 'a', operator: 'Gt', value: '1' },
      ],
    },
    {},
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key`' +
        ' is empty, which means "match all values and all keys"',
      'spec.tolerations[0].effect: Unsupported value: "Never":' +
        ' supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.tolerations[1].effect: Invalid value: "":' +
        " effect must be 'NoExecute' when `tolerationSeconds` is set",
      'spec.tolerations[1].operator: Invalid value: "x":' +
        " value must be empty when `operator` is 'Exists'",
      'spec.tolerations[2].operator: Unsupported value: "Gt":' +
        ' supported values: "Equal", "Exists", "Lt", "Gt"',
    ],
  ],
]);

table([
  [
    'a security context does not contradict itself',
    { hostUsers: false, hostNetwork: true, hostPID: true, shareProcessNamespace: true },
    {
      securityContext: {
        runAsUser: -1,
        privileged: true,
        allowPrivilegeEscalation: false,
        seccompProfile: { type: 'Localhost' },
        appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' },
      },
    },
    [
      `${C}.securityContext.runAsUser: Invalid value: -1:` +
        ' must be between 0 and 2147483647, inclusive',
      `${C}.securityContext.seccompProfile.localhostProfile: Required value:` +
        ' must be set when seccomp type is Localhost',
      `${C}.securityContext: Invalid value: {"Capabilities":null,"Privileged":true,` +
        '"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":-1,"RunAsGroup":null,' +
        '"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,' +
        '"ProcMount":null,"SeccompProfile":{"Type":"Localhost","LocalhostProfile":null},' +
        '"AppArmorProfile":{"Type":"RuntimeDefault","LocalhostProfile":"x"}}:' +
        ' cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      `${C}.securityContext.appArmorProfile.localhostProfile: Invalid value: "x":` +
        ' can only be set when AppArmor type is Localhost',
      'spec.securityContext.shareProcessNamespace: Invalid value: true:' +
        ' ShareProcessNamespace and HostPID cannot both be enabled',
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
      'spec.HostPID: Forbidden: when `hostUsers` is false',
    ],
  ],
  [
    'sysctls of a shared namespace are not for the pod to set',
    {
      hostNetwork: true,
      securityContext: {
        sysctls: [{ name: 'net/ipv4/tcp_syncookies' }, { name: 'kernel.msgmax' }, { name: 'A' }],
      },
    },
    {},
    [
      'spec.securityContext.sysctls[0].name: Invalid value: "net/ipv4/tcp_syncookies":' +
        " may not be specified when 'hostNetwork' is true",
      'spec.securityContext.sysctls[2].name: Invalid value: "A": must have at most 253 characters' +
        ' and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    ],
  ],
  [
    'a Windows pod has nothing of Linux',
    { os: { name: 'windows' }, hostPID: true, resources: { limits: { cpu: '1' } } },
    { securityContext: { privileged: true } },
    [
      'spec.resources: Forbidden: may not be set for a windows pod',
      'spec.hostPID: Forbidden: cannot be set for a windows pod',
      `${C}.securityContext.privileged: Forbidden: cannot be set for a windows pod`,
    ],
  ],
  [
    'own DNS settings are whole and within the resolver’s bounds',
    {
      dnsConfig: { nameservers: ['1', '::1', '::2', '::3'], searches: ['a_b.', '.', 'A'] },
      hostAliases: [{ ip: '999.1.1.1', hostnames: ['A'] }],
    },
    {},
    [
      'spec.dnsConfig.nameservers: Invalid value: ["1","::1","::2","::3"]:' +
        ' must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[0]: Invalid value: "1":' +
        ' must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.dnsConfig.searches[2]: Invalid value: "A": a lowercase RFC 1123 subdomain must' +
        " consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an" +
        " alphanumeric character (e.g. 'example.com', regex used for validation is" +
        " '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
      'spec.hostAliases[0].ip: Invalid value: "999.1.1.1":' +
        ' must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.hostAliases[0].hostnames[0]: Invalid value: "A": a lowercase RFC 1123 subdomain must' +
        " consist of lower case alphanumeric characters, '-' or '.', and must start and end with" +
        " an alphanumeric character (e.g. 'example.com', regex used for validation is" +
        " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
]);
