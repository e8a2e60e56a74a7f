import { expect, test } from 'vitest';
import { validatePodTemplateSpec } from '../../../server/src/admission/index.ts';
import { errorText, Path } from '../../../server/src/admission/validation/machinery/index.ts';
import { causesOf, podWith } from '../../support/admitted-pod.ts';

type Row = readonly [title: string, spec: object, container: object, causes: readonly string[]];

const C = 'spec.containers[0]';

function table(rows: readonly Row[]): void {
  test.each(rows)('%s', (_, spec, container, causes) => {
    expect(causesOf(podWith(spec, container))).toEqual(causes);
  });
}

test('a plain Pod is admitted', () => {
  expect(causesOf(podWith({}))).toEqual([]);
});

table([
  ['a Pod needs a container', { containers: [] }, {}, ['spec.containers: Required value']],
  [
    'a container needs a name and an image without spaces around it',
    { containers: [{ image: ' a' }, { name: 'b' }] },
    {},
    [
      'spec.containers[0].name: Required value',
      'spec.containers[1].image: Required value',
      'spec.containers[0].image: Invalid value: " a":' +
        ' must not have leading or trailing whitespace',
    ],
  ],
  [
    'names are unique among containers and init containers',
    {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'a', image: 'x' },
      ],
      initContainers: [{ name: 'a', image: 'x' }],
    },
    {},
    [
      'spec.containers[1].name: Duplicate value: "a"',
      'spec.initContainers[0].name: Duplicate value: "a"',
    ],
  ],
  [
    'an init container that ends has no probes and no hooks',
    {
      initContainers: [
        { name: 'i', image: 'x', readinessProbe: {}, lifecycle: {} },
        { name: 's', image: 'x', restartPolicy: 'Always', readinessProbe: {} },
      ],
    },
    {},
    [
      'spec.initContainers[0].lifecycle: Forbidden:' +
        ' may not be set for init containers without restartPolicy=Always',
      'spec.initContainers[0].readinessProbe: Forbidden:' +
        ' may not be set for init containers without restartPolicy=Always',
      'spec.initContainers[1].readinessProbe: Required value: must specify a handler type',
    ],
  ],
  [
    'restart rules need a policy of the container',
    {},
    { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] },
    [`${C}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
  ],
  [
    'ephemeral containers cannot be there from the start',
    { ephemeralContainers: [{ name: 'd', image: 'x', ports: [{ containerPort: 1 }] }] },
    {},
    [
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ],
]);

table([
  [
    'ports have a number, a known protocol and a name of their own',
    {},
    {
      ports: [
        { name: 'http', containerPort: 70000 },
        { name: 'http', protocol: 'HTTP' },
        { name: 'UPPER-', containerPort: 1 },
      ],
    },
    [
      `${C}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
      `${C}.ports[1].name: Duplicate value: "http"`,
      `${C}.ports[1].containerPort: Required value`,
      `${C}.ports[1].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"`,
      `${C}.ports[2].name: Invalid value: "UPPER-":` +
        ' must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      `${C}.ports[2].name: Invalid value: "UPPER-": must contain at least one letter (a-z)`,
      `${C}.ports[2].name: Invalid value: "UPPER-": must not begin or end with a hyphen`,
    ],
  ],
  [
    'two containers cannot have the same port of the host',
    {
      containers: ['a', 'b'].map((name) => ({
        name,
        image: 'x',
        ports: [{ containerPort: 80, hostPort: 80 }],
      })),
    },
    {},
    ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    'a variable has one source or a value',
    {},
    {
      env: [
        { name: 'A', valueFrom: {} },
        { name: 'B', value: 'x', valueFrom: { fieldRef: { fieldPath: 'spec.bogus' } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a b']" } } },
        { name: 'D=', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } },
      ],
    },
    [
      `${C}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`,` +
        ' `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      `${C}.env[1].valueFrom.fieldRef.fieldPath: Invalid value: "spec.bogus":` +
        ' error converting fieldPath: field label not supported: spec.bogus',
      `${C}.env[1].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      `${C}.env[2].valueFrom.fieldRef: Invalid value: "a b": name part must consist of` +
        " alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric" +
        " character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is" +
        " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      `${C}.env[3].name: Invalid value: "D=": a valid environment variable name must consist` +
        " only of printable ASCII characters other than '='",
      `${C}.env[3].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu":` +
        " only divisor's values 1m and 1 are supported with the cpu resource",
    ],
  ],
]);

table([
  [
    'a handler is one of its kinds',
    {},
    { livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 }, successThreshold: 2 } },
    [
      `${C}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
      `${C}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
    ],
  ],
  [
    'a hook cannot sleep longer than the grace period',
    { terminationGracePeriodSeconds: 5 },
    { lifecycle: { preStop: { sleep: { seconds: 6 } } } },
    [
      `${C}.lifecycle.preStop.sleep: Invalid value: 6:` +
        ' must be non-negative and less than terminationGracePeriodSeconds (5)',
    ],
  ],
  [
    'a readiness probe has no grace period, and no probe a negative count',
    {},
    {
      readinessProbe: {
        grpc: { port: 0 },
        periodSeconds: -1,
        terminationGracePeriodSeconds: 0,
      },
    },
    [
      `${C}.readinessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
      `${C}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`,
      `${C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 0:` +
        ' must be greater than 0',
      `${C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 0:` +
        ' must not be set for readinessProbes',
    ],
  ],
]);

table([
  [
    'what cannot be overcommitted needs a limit, and an equal one',
    {},
    {
      resources: {
        requests: { 'example.com/a': 1, 'example.com/b': 1 },
        limits: { 'example.com/b': 2 },
      },
    },
    [
      `${C}.resources.limits: Required value: Limit must be set for non overcommitable resources`,
      `${C}.resources.requests: Invalid value: "1": must be equal to example.com/b limit of 2`,
    ],
  ],
  [
    'a request stays below its limit, and amounts are not negative',
    {},
    { resources: { requests: { cpu: '2', memory: '-1Gi' }, limits: { cpu: 1 } } },
    [
      `${C}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
      `${C}.resources.requests[memory]: Invalid value: "-1Gi":` +
        ' must be greater than or equal to 0',
    ],
  ],
  [
    'huge pages come in whole pages and beside cpu or memory',
    {},
    { resources: { limits: { 'hugepages-2Mi': '3Mi' } } },
    [
      `${C}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi":` +
        ' 3Mi is not positive integer multiple of hugepages-2Mi',
      `${C}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi":` +
        ' 3Mi is not positive integer multiple of hugepages-2Mi',
      `${C}.resources: Forbidden: HugePages require cpu or memory`,
    ],
  ],
  [
    'pod-level resources hold what the containers ask for together',
    {
      resources: { requests: { cpu: '1' }, limits: { cpu: '1', storage: '1' } },
      initContainers: [
        { name: 's', image: 'x', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } },
      ],
    },
    { resources: { requests: { cpu: '500m' } } },
    [
      'spec.resources.limits[storage]: Unsupported value: "storage":' +
        ' supported values: "cpu", "hugepages-", "memory"',
      'spec.resources.requests[cpu]: Invalid value: "1":' +
        ' must be greater than or equal to aggregate container requests of 1500m',
    ],
  ],
  [
    'a container that never restarts cannot be resized by a restart',
    { restartPolicy: 'Never' },
    { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] },
    [
      `${C}.resizePolicy: Invalid value: "RestartContainer":` +
        " must be 'NotRequired' when pod `restartPolicy` is 'Never'",
    ],
  ],
]);

test('annotations and fields about the same must say the same', () => {
  const pod = podWith({}, { securityContext: { seccompProfile: { type: 'Unconfined' } } });
  const annotations = {
    'container.seccomp.security.alpha.kubernetes.io/app': 'runtime/default',
    'container.apparmor.security.beta.kubernetes.io/other': 'bogus',
    'controller.kubernetes.io/pod-deletion-cost': '+1',
  };
  Object.assign(pod.metadata, { annotations });
  expect(causesOf(pod)).toEqual([
    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1":' +
      ' must be a 32bit integer',
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]:' +
      ' Invalid value: "other": container not found',
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]:' +
      ' Invalid value: "bogus": invalid AppArmor profile name: "bogus"',
    `${C}.securityContext.seccompProfile.type: Forbidden:` +
      ' seccomp type in annotation and field must match',
  ]);
});

test('a gated Pod cannot already be on a node', () => {
  expect(causesOf(podWith({ nodeName: 'n1', schedulingGates: [{ name: 'a' }] }))).toEqual([
    'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
  ]);
});

test('in a template an image may have spaces around it and a host port may be left out', () => {
  const spec = { hostNetwork: true, restartPolicy: 'Always', dnsPolicy: 'Default' };
  const pod = podWith(
    { ...spec, terminationGracePeriodSeconds: 30, hostname: 'A' },
    {
      image: ' x',
      imagePullPolicy: 'Always',
      terminationMessagePolicy: 'File',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    },
  );
  const template = { metadata: { labels: { a: 'b c' } }, spec: pod.spec };
  const path = Path.of('spec', 'template');
  const causes = validatePodTemplateSpec(template, path).map((it) => errorText(it));
  expect(causes.map((it) => it.split(':', 1)[0])).toEqual([
    'spec.template.labels',
    'spec.template.spec.hostname',
  ]);
  const options = { ignoresHostname: true };
  expect(validatePodTemplateSpec(template, path, options)).toHaveLength(1);
});
