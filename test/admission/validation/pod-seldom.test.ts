import { expect, test } from 'vitest';
import {
  setPodTemplateDefaults,
  validatePodTemplateSpec,
} from '../../../server/src/admission/index.ts';
import { errorText, Path } from '../../../server/src/admission/validation/machinery/index.ts';
import { causesOf, podWith } from '../../support/admitted-pod.ts';

type Row = readonly [title: string, spec: object, container: object, causes: readonly string[]];

const C = 'spec.containers[0]';

function table(rows: readonly Row[]): void {
  test.each(rows)('%s', (_, spec, container, causes) => {
    expect(causesOf(podWith(spec, container))).toEqual(causes);
  });
}

function templateCauses(metadata: object, spec: object, container: object = {}): string[] {
  const template = { metadata, spec: podWith(spec, container).spec };
  setPodTemplateDefaults(template);
  return validatePodTemplateSpec(template, Path.of('spec', 'template')).map((it) => errorText(it));
}

table([
  [
    'a host name of its own rules out those that are made, and has 64 bytes at most',
    { setHostnameAsFQDN: true, hostNetwork: true, hostnameOverride: 'a'.repeat(65) },
    {},
    [
      'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      'spec.hostnameOverride: Too long: may not be more than 64 bytes',
    ],
  ],
  [
    'block volumes are not for a user namespace of the pod',
    { hostUsers: false, volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'd' } }] },
    { volumeDevices: [{ name: 'd', devicePath: '/dev/d' }] },
    [`${C}.volumeDevices: Forbidden: when \`hostUsers\` is false`],
  ],
  [
    'the claim of an ephemeral volume is reported at the name of the volume',
    {
      volumes: [
        {
          name: 'v'.repeat(260),
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          },
        },
      ],
    },
    {},
    [
      `spec.volumes[0].name: Invalid value: "${'v'.repeat(260)}":` +
        ` PVC name "web-${'v'.repeat(260)}": must be no more than 253 characters`,
      `spec.volumes[0].name: Invalid value: "${'v'.repeat(260)}":` +
        ' must be no more than 63 characters',
    ],
  ],
  [
    'a CSI volume without a driver lacks only that',
    { volumes: [{ name: 'c', csi: {} }] },
    {},
    ['spec.volumes[0].csi.driver: Required value'],
  ],
  [
    'a file of variables lies in an emptyDir and has no steps upwards',
    { volumes: [{ name: 'env', emptyDir: {} }] },
    {
      env: ['/abs', '../up'].map((path) => ({
        name: 'A',
        valueFrom: { fileKeyRef: { key: 'a', volumeName: 'env', path } },
      })),
    },
    [`${C}.env[1].valueFrom.fileKeyRef.path: Invalid value: "../up": must not contain '..'`],
  ],
]);

table([
  [
    'a rule needs no exit codes, and rules of an init container need a policy first',
    {
      initContainers: [{ name: 'i', image: 'x', restartPolicyRules: [{ action: 'Bogus' }] }],
    },
    {
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In' } }],
    },
    [
      'spec.initContainers[0].restartPolicy: Required value:' +
        ' must specify restartPolicy when restart rules are used',
    ],
  ],
  [
    'an init container that ends cannot be resized by a restart, a sidecar can',
    {
      initContainers: [undefined, 'Always'].map((restartPolicy, i) => ({
        name: `i${i}`,
        image: 'x',
        restartPolicy,
        resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
      })),
    },
    {},
    [
      'spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer":' +
        " must not be set to 'RestartContainer' for non-sidecar initContainers",
    ],
  ],
  [
    'a Windows pod has no resources of its own, whatever they are',
    { os: { name: 'windows' }, resources: { claims: [], limits: { storage: '1' } } },
    {},
    ['spec.resources: Forbidden: may not be set for a windows pod'],
  ],
  [
    'an operating system has a name, and pod-level resources have no claims',
    { os: {}, resources: { claims: [] } },
    {},
    [
      'spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level',
      'spec.os.name: Required value',
    ],
  ],
  [
    'a key that a spread constraint takes from the pod is not selected on besides',
    {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'z',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
          matchLabelKeys: ['app'],
        },
      ],
    },
    {},
    [
      'spec.topologySpreadConstraints[0][0]: Invalid value: "app":' +
        ' exists in both matchLabelKeys and labelSelector',
    ],
  ],
]);

test('a template may limit what its containers ask for without saying how much that is', () => {
  const container = { resources: { requests: { cpu: '1' } } };
  expect(templateCauses({}, { resources: { limits: { memory: '1Gi' } } }, container)).toEqual([]);
});

test('annotations and fields of a template must agree on AppArmor', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/app';
  const securityContext = { appArmorProfile: { type: 'RuntimeDefault' } };
  expect(templateCauses({ annotations: { [key]: 'unconfined' } }, { securityContext })).toEqual([
    'spec.template.spec.containers[0].securityContext.appArmorProfile.type: Forbidden:' +
      ' apparmor type in annotation and field must match',
  ]);
});

test('static pods have no resource claims', () => {
  const pod = podWith({ nodeName: 'n1', resourceClaims: [{ name: 'A' }] });
  Object.assign(pod.metadata, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
  expect(causesOf(pod)).toEqual([': Forbidden: static pods do not support resource claims']);
});

test('owners are reported at their list, and a version is needed of each', () => {
  const pod = podWith({});
  const ownerReferences = [{ apiVersion: 'a/b/c', kind: '', name: 'n', uid: 'u' }];
  Object.assign(pod.metadata, { ownerReferences });
  expect(causesOf(pod)).toEqual([
    'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
  ]);
});

test.each(['0', '-0', '-007', '2147483647'])('a Pod may cost %s to delete', (cost) => {
  const pod = podWith({});
  const annotations = { 'controller.kubernetes.io/pod-deletion-cost': cost };
  Object.assign(pod.metadata, { annotations });
  expect(causesOf(pod)).toEqual([]);
});
