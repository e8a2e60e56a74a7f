import { expect, test } from 'vitest';
import { podTemplateWarnings, podWarnings } from '../../../server/src/admission/index.ts';
import { Path } from '../../../server/src/admission/validation/machinery/index.ts';
import { podWith } from '../../support/admitted-pod.ts';

const NULL_SELECTOR = 'a null labelSelector results in matching no pod';

test('ports that several containers define are warned about: definitions first, then names', () => {
  const port = { name: 'http', containerPort: 80, protocol: 'TCP' };
  const containers = [
    { name: 'a', ports: [port] },
    {
      name: 'b',
      ports: [
        { ...port, hostPort: 80 },
        { ...port, name: 'other' },
      ],
    },
  ];
  const [first, second] = ['spec.containers[0].ports[0]', 'spec.containers[1].ports[0]'];
  expect(podWarnings(podWith({ containers }))).toEqual([
    `${second}: overlapping port definition with ${first}`,
    `spec.containers[1].ports[1]: duplicate port definition with ${first}`,
    `spec.containers[1].ports[1]: overlapping port definition with ${second}`,
    `${second}: duplicate port name "http" with ${first}, services and probes that select ports` +
      ` by name will use ${first}`,
  ]);
});

test.each<[string, object, object, string[]]>([
  [
    'a host address without a host port',
    {},
    { ports: [{ name: 'x', containerPort: 80, hostIP: '10.0.0.1', protocol: 'TCP' }] },
    [
      'spec.containers[0].ports[0]: hostIP set without hostPort:' +
        ' {Name:x HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}',
    ],
  ],
  [
    'a variable that hides another',
    {},
    {
      env: [
        { name: 'X', value: 'a' },
        { name: 'X', value: '$(X)b' },
        { name: 'X', value: 'b' },
      ],
    },
    [
      'spec.containers[0].env[2]: hides previous definition of "X",' +
        ' which may be dropped when using apply',
    ],
  ],
  [
    'a fraction of a byte',
    {},
    { resources: { limits: { memory: '100m' } } },
    [
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid,' +
        ' must be an integer',
    ],
  ],
  [
    'node labels of old',
    { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    {},
    [
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14;' +
        ' use "kubernetes.io/os" instead',
    ],
  ],
  [
    'selectors that select nothing',
    {
      topologySpreadConstraints: [{ topologyKey: 'zone' }],
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: {} }],
        },
      },
    },
    {},
    [
      `spec.topologySpreadConstraints[0].labelSelector: ${NULL_SELECTOR}`,
      'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]' +
        `.podAffinityTerm.labelSelector: ${NULL_SELECTOR}`,
    ],
  ],
  [
    'volumes of dead plugins and files in the way of others',
    {
      volumes: [
        { name: 'g', gitRepo: { repository: 'x' } },
        {
          name: 'c',
          configMap: {
            name: 'm',
            items: [
              { key: 'a', path: 'x' },
              { key: 'b', path: 'x/y' },
              { key: 'c', path: 'xy' },
            ],
          },
        },
      ],
    },
    {},
    [
      'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
      'volume "c" (ConfigMap "m"): overlapping paths: "x/y" with "x"',
    ],
  ],
  [
    'files that projected sources write over one another',
    {
      volumes: [
        {
          name: 'p',
          projected: {
            sources: [
              {},
              { configMap: { name: 'm', items: [{ key: 'a', path: 'a' }] } },
              { serviceAccountToken: { path: 'a/token' } },
            ],
          },
        },
      ],
    },
    {},
    [
      'volume "p" (Projected) has no sources provided',
      'volume "p" (Projected): overlapping paths: "a/token" (ServiceAccountToken)' +
        ' with "a" (ConfigMap "m")',
    ],
  ],
  [
    'addresses that are not written in canonical form',
    {
      dnsConfig: { nameservers: ['10.0.0.1', '2001:DB8::1'] },
      hostAliases: [{ ip: 'fd00::0:1' }],
    },
    {},
    [
      'spec.dnsConfig.nameservers[1]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical' +
        ' format ("2001:db8::1")',
      'spec.hostAliases[0].ip: IPv6 address "fd00::0:1" should be in RFC 5952 canonical format' +
        ' ("fd00::1")',
    ],
  ],
  [
    'preferred nodes with labels that no node can have',
    {
      nodeSelector: { 'node-role.kubernetes.io/master': '' },
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] } },
          ],
        },
      },
    },
    {},
    [
      'spec.nodeSelector[node-role.kubernetes.io/master]:' +
        ' use "node-role.kubernetes.io/control-plane" instead',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference' +
        '.matchExpressions[0].values[0]: - is invalid, a valid label must be an empty string or' +
        " consist of alphanumeric characters, '-', '_' or '.', and must start and end with an" +
        " alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345'," +
        " regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  ],
  [
    'names said twice',
    {
      imagePullSecrets: [{ name: 'a' }, { name: 'a' }],
      hostAliases: [{ ip: '::1' }, { ip: '::1' }],
    },
    {},
    [
      'spec.hostAliases[1].ip: duplicate ip "::1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
    ],
  ],
])('the API server warns about %s', (_, spec, container, warnings) => {
  expect(podWarnings(podWith(spec, container))).toEqual(warnings);
});

test('a Pod whose name is no DNS label is warned about', () => {
  const pod = podWith({});
  Object.assign(pod.metadata, { name: 'web.v1' });
  expect(podWarnings(pod)).toEqual([
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior;" +
      ' a DNS label is recommended: [must not contain dots]',
  ]);
});

test('warnings about a template carry its place', () => {
  const spec = podWith({ terminationGracePeriodSeconds: -1 }).spec;
  expect(podTemplateWarnings({ spec }, Path.of('spec', 'template'))).toEqual([
    'spec.template.spec.terminationGracePeriodSeconds: must be >= 0;' +
      ' negative values are invalid and will be treated as 1',
  ]);
});

test('an AppArmor annotation of a template is deprecated unless it says what its pod does', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/app';
  const metadata = { annotations: { [key]: 'unconfined' } };
  const warnings = (type: string) => {
    const { spec } = podWith({ securityContext: { appArmorProfile: { type } } });
    return podTemplateWarnings({ metadata, spec }, Path.of('spec', 'template'));
  };
  expect(warnings('Unconfined')).toEqual([]);
  expect(warnings('RuntimeDefault')).toEqual([
    `spec.template.metadata.annotations[${key}]: deprecated since v1.30;` +
      ' use the "appArmorProfile" field instead',
  ]);
});
