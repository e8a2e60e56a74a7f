import { expect, test } from 'vitest';
import { admitYaml } from '../../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../../server/src/cluster/index.ts';

const snapshot = new ClusterSnapshot([]);

function create(kind: string, apiVersion: string, rest: string) {
  const text = `apiVersion: ${apiVersion}\nkind: ${kind}\n${rest}`;
  const result = admitYaml(text, { kind, snapshot });
  const causes = (result?.causes ?? []).map((it) => `${it.field}: ${it.message}`);
  const { warnings, object, message } = result ?? {};
  return { causes, warnings, object, message };
}

const template = (more: string) =>
  `template: {metadata: {labels: {a: b${more}}}, spec: {containers: [{name: a, image: a:1}]}}`;

test('the claims of a StatefulSet are validated, and take the first places among its volumes', () => {
  const { causes } = create(
    'StatefulSet',
    'apps/v1',
    `metadata: {name: db}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers: [{name: a, image: 'a:1', volumeMounts: [{name: data, mountPath: /data}]}]
      volumes: [{name: own, configMap: {}}]
  volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]
`,
  );
  expect(causes).toEqual([
    'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
    'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
    'spec.template.spec.volumes[1].configMap.name: Required value',
  ]);
});

test("a StatefulSet's label that is wrong is told twice, a Deployment's once", () => {
  const wrong = 'spec.template.labels: Invalid value: "x y"';
  for (const [kind, times] of [
    ['StatefulSet', 2],
    ['Deployment', 1],
  ] as const) {
    const { causes } = create(
      kind,
      'apps/v1',
      `metadata: {name: db}\nspec: {selector: {matchLabels: {a: b}}, ${template(', c: "x y"')}}\n`,
    );
    expect(causes.filter((it) => it.startsWith(wrong))).toHaveLength(times);
  }
});

test('maxUnavailable of a StatefulSet is dropped, whatever it is', () => {
  const { object } = create(
    'StatefulSet',
    'apps/v1',
    `metadata: {name: db}
spec:
  selector: {matchLabels: {a: b}}
  updateStrategy: {rollingUpdate: {maxUnavailable: 0}}
  ${template('')}
`,
  );
  expect(object).toMatchObject({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  expect(JSON.stringify(object)).not.toContain('maxUnavailable');
});

test('faults of owner references are told at the list; one that stands twice is dropped', () => {
  const owner = "{apiVersion: v1, kind: ConfigMap, name: x, uid: '1'}";
  const once = create(
    'Service',
    'v1',
    `metadata: {name: web, ownerReferences: [${owner}, ${owner}]}\nspec: {ports: [{port: 80}]}\n`,
  );
  expect(once.warnings).toEqual([
    '.metadata.ownerReferences contains duplicate entries; API server dedups owner references' +
      ' in 1.20+, and may reject such requests as early as 1.24; please fix your requests;' +
      ' duplicate UID(s) observed: 1',
  ]);
  expect(once.object?.metadata.ownerReferences).toHaveLength(1);
  const wrong = create(
    'Service',
    'v1',
    'metadata: {name: web, ownerReferences: [{apiVersion: a/, kind: X, name: x}]}\nspec: {ports: [{port: 80}]}\n',
  );
  expect(wrong.causes).toEqual([
    'metadata.ownerReferences.apiVersion: Invalid value: "a/": version must not be empty',
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ]);
});

test('where traffic may be preferred is listed in the order of the API', () => {
  const { causes } = create(
    'Service',
    'v1',
    'metadata: {name: web}\nspec: {trafficDistribution: Near, ports: [{port: 80}]}\n',
  );
  expect(causes).toEqual([
    'spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose",' +
      ' "PreferSameZone", "PreferSameNode"',
  ]);
});

test('an object of another kind than its URL stands for cannot be converted', () => {
  const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {bogus: 1}\n';
  expect(admitYaml(text, { kind: 'Pod', snapshot })?.message).toBe(
    'Service in version "v1" cannot be handled as a Pod:' +
      ' converting (v1.Service) to (core.Pod): unknown conversion',
  );
});

test('a StatefulSet gives its Pods hostname and subdomain, so those of its template may be wrong', () => {
  const { causes } = create(
    'StatefulSet',
    'apps/v1',
    `metadata: {name: db}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {hostname: A_B, subdomain: C_D, containers: [{name: a, image: 'a:1'}]}
`,
  );
  expect(causes).toEqual([]);
});

test('of three cluster IPs only their number is wrong, if both families are among them', () => {
  const { causes } = create(
    'Service',
    'v1',
    `metadata: {name: a}
spec:
  ports: [{port: 80}]
  ipFamilyPolicy: PreferDualStack
  clusterIP: 10.96.0.9
  clusterIPs: [10.96.0.9, 'fd00::1', 10.96.0.10]
`,
  );
  expect(causes.filter((it) => it.startsWith('spec.clusterIPs:'))).toEqual([
    'spec.clusterIPs: Invalid value: ["10.96.0.9","fd00::1","10.96.0.10"]: may only hold up to 2 values',
  ]);
});

test.each([
  ['values: []', '[]'],
  ['values: null', 'null'],
])('exit codes of a failure policy that are %s are told as written', (values, told) => {
  const { causes } = create(
    'Job',
    'batch/v1',
    `metadata: {name: a}
spec:
  podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, ${values}}}]}
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}
`,
  );
  expect(causes).toEqual([
    `spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: ${told}: at least one value is required`,
  ]);
});

test('Factory is a time zone to Go', () => {
  const { causes } = create(
    'CronJob',
    'batch/v1',
    `metadata: {name: a}
spec:
  schedule: '@daily'
  timeZone: Factory
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}}
`,
  );
  expect(causes).toEqual([]);
});

const labelled = 'selector: {matchLabels: {a: b}}';

test.each([
  [
    'DaemonSet',
    'deprecated.daemonset.template.generation: x',
    'DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing "x": invalid syntax',
  ],
  [
    'Deployment',
    'deprecated.deployment.rollback.to: 9223372036854775808',
    'Deployment in version "v1" cannot be handled as a Deployment: failed to parse annotation' +
      '[deprecated.deployment.rollback.to]=9223372036854775808 as int64: ' +
      'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  ],
  [
    'Deployment',
    'deprecated.deployment.rollback.to: "-1"',
    'Deployment.apps "a" is invalid: spec.rollback.version: Invalid value: -1: must be greater than or equal to 0',
  ],
])('a %s is annotated with numbers: %s', (kind, annotation, told) => {
  const quoted = annotation.replace(/: (\w+)$/, ': "$1"');
  const { message } = create(
    kind,
    'apps/v1',
    `metadata: {name: a, annotations: {${quoted}}}\nspec: {${labelled}, ${template('')}}\n`,
  );
  expect(message).toBe(told);
});

test('a Job has the labels of its template for its own, even if none are written there', () => {
  const { object } = create(
    'Job',
    'batch/v1',
    `metadata: {name: a}
spec:
  template:
    metadata: {labels: {}}
    spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}
`,
  );
  expect(object?.metadata.labels).toMatchObject({ 'job-name': 'a' });
});

test('numbers of 64 bits are told digit by digit', () => {
  const { causes } = create(
    'Job',
    'batch/v1',
    `metadata: {name: a}
spec:
  activeDeadlineSeconds: -9007199254740993
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}
`,
  );
  expect(causes).toEqual([
    'spec.activeDeadlineSeconds: Invalid value: -9007199254740993: must be greater than or equal to 0',
  ]);
});

test('what has a resourceVersion is not created, unless it is only tried', () => {
  const text = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a, resourceVersion: '7'}
spec: {minAvailable: 1}
`;
  const kind = 'PodDisruptionBudget';
  expect(admitYaml(text, { kind, snapshot })).toMatchObject({
    code: 500,
    message: 'resourceVersion should not be set on objects to be created',
  });
  const dryRun = { dryRun: true };
  expect(admitYaml(text, { kind, snapshot, options: dryRun })?.allowed).toBe(true);
});
