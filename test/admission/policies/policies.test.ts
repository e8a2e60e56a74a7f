import { expect, test } from 'vitest';
import { mutatingAdmissionPolicy } from '../../../server/src/admission/plugins/mutating-admission-policy.ts';
import { validatingAdmissionPolicy } from '../../../server/src/admission/plugins/validating-admission-policy.ts';
import { brokenExpressions } from '../../../server/src/admission/policies/expressions.ts';
import {
  policiesThatAskWho,
  webhooksFor,
} from '../../../server/src/admission/policies/unpredictable.ts';
import { ClusterSnapshot } from '../../../server/src/cluster/index.ts';
import { manifest, pod, run, type Json } from '../plugins/plugin-request.ts';

const GROUP = 'admissionregistration.k8s.io/v1';
const PODS = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };

function policy(kind: 'Validating' | 'Mutating', spec: Json, binding: Json = {}): Json[] {
  return [
    manifest(GROUP, `${kind}AdmissionPolicy`, 'p', {
      spec: { matchConstraints: { resourceRules: [PODS] }, ...spec },
    }),
    manifest(GROUP, `${kind}AdmissionPolicyBinding`, 'b', {
      spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
    }),
  ];
}

const web = pod(
  { containers: [{ name: 'app', image: 'nginx', resources: {} }] },
  { labels: { app: 'web' } },
);
const validate = (spec: Json, binding?: Json, world: Json[] = []) =>
  run(validatingAdmissionPolicy, web, [...policy('Validating', spec, binding), ...world]);
const denied = (spec: Json, binding?: Json, world?: Json[]): string | undefined =>
  validate(spec, binding, world).refusal?.message.replace(
    `pods "web" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: `,
    '',
  );
const one = (expression: string, more: Json = {}): Json => ({
  validations: [{ expression, ...more }],
});

test.each<[string, Json, string | undefined]>([
  ['a true expression', one("object.kind == 'Pod'"), undefined],
  ['a false one without a message', one('1 > 2'), 'failed expression: 1 > 2'],
  ['a message', one('false', { message: ' no ' }), 'no'],
  ['an expression for it', one('false', { message: 'm', messageExpression: "'a' + 'b'" }), 'ab'],
  [
    'a message expression that fails or is empty',
    one('false', { message: 'm', messageExpression: 'object.absent' }),
    'm',
  ],
  [
    'a missing field',
    one('object.spec.replicas > 1'),
    "expression 'object.spec.replicas > 1' resulted in error: no such key: replicas",
  ],
  [
    'the same where failure is ignored',
    { ...one('object.spec.replicas > 1'), failurePolicy: 'Ignore' },
    undefined,
  ],
  ['an error beside a deciding side', one("object.absent == 1 || object.kind == 'Pod'"), undefined],
  [
    'a wrong type',
    one('object.metadata.name + 1 == 2'),
    "expression 'object.metadata.name + 1 == 2' resulted in error: no such overload",
  ],
  [
    'an index that is not there',
    one("object.spec.containers[3].name == 'a'"),
    "expression 'object.spec.containers[3].name == 'a'' resulted in error: index out of bounds: 3",
  ],
  [
    'a variable that fails',
    { variables: [{ name: 'v', expression: 'object.absent' }], ...one('variables.v == 1') },
    `expression 'variables.v == 1' resulted in error: composited variable "v" fails to evaluate: no such key: absent`,
  ],
  [
    'a condition that does not hold',
    { matchConditions: [{ name: 'c', expression: 'false' }], ...one('false') },
    undefined,
  ],
  [
    'a condition that fails',
    { matchConditions: [{ name: 'c', expression: 'object.a' }], ...one('false') },
    "expression 'object.a' resulted in error: no such key: a",
  ],
  [
    'the request',
    one("request.operation == 'CREATE' && request.resource.resource == 'pods'"),
    undefined,
  ],
  [
    'the Namespace',
    one("namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'ns'"),
    undefined,
  ],
  [
    'an expression without an end',
    one('[1, 2, 3].all(a, lists.range(1000000).all(b, b >= 0))'),
    "expression '[1, 2, 3].all(a, lists.range(1000000).all(b, b >= 0))' resulted in error: " +
      'operation cancelled: actual cost limit exceeded',
  ],
])('%s', (_, spec, message) => {
  expect(denied(spec)).toBe(message);
});

test.each(['objct.kind == 1', 'object.kind ==', 'object.frobnicate()', 'params.data.a == 1'])(
  'a policy that says %s is refused when it is created, so it refuses nothing',
  (expression) => {
    expect(denied(one(expression))).toBeUndefined();
    const [broken] = brokenExpressions({ metadata: { name: 'p' }, spec: one(expression) });
    expect(broken).toMatchObject({ expression });
    expect(broken?.error).toMatch(/^compilation failed: ERROR: <input>/);
  },
);

test('a reason gives the status, a cause the message', () => {
  const { refusal } = validate(one('false', { reason: 'Unauthorized' }));
  expect(refusal).toMatchObject({ code: 401, reason: 'Unauthorized', causes: [{ field: '' }] });
});

test('a binding may warn instead', () => {
  const { refusal, warnings } = validate(one('false'), { validationActions: ['Warn', 'Audit'] });
  expect(refusal).toBeUndefined();
  expect(warnings).toEqual([
    "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: false",
  ]);
});

test('parameters are found by name or by labels, one run each', () => {
  const param = (name: string, max: string): Json =>
    manifest('v1', 'ConfigMap', name, {
      metadata: { namespace: 'ns', labels: { for: 'p' } },
      data: { max },
    });
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    ...one('size(object.spec.containers) <= int(params.data.max)', {
      messageExpression: 'params.metadata.name',
    }),
  };
  const world = [param('two', '2'), param('none', '0')];
  const selector = { matchLabels: { for: 'p' } };
  expect(denied(spec, { paramRef: { name: 'two' } }, world)).toBeUndefined();
  expect(denied(spec, { paramRef: { selector } }, world)).toBe('none');
  const absent = { paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } };
  expect(denied(spec, absent)).toMatch(/^failed to configure binding: no params found/);
  expect(
    denied(spec, { paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } }),
  ).toBeUndefined();
});

test.each<[Json, boolean]>([
  [{ resourceRules: [{ ...PODS, resources: ['*'] }] }, true],
  [{ resourceRules: [{ ...PODS, resources: ['pods/*'] }] }, false],
  [{ resourceRules: [{ ...PODS, operations: ['UPDATE'] }] }, false],
  [{ resourceRules: [{ ...PODS, apiVersions: ['v2'] }], matchPolicy: 'Exact' }, false],
  [{ resourceRules: [{ ...PODS, scope: 'Cluster' }] }, false],
  [{ resourceRules: [{ ...PODS, resourceNames: ['other'] }] }, false],
  [{ resourceRules: [PODS], excludeResourceRules: [PODS] }, false],
  [{ resourceRules: [PODS], objectSelector: { matchLabels: { app: 'web' } } }, true],
  [{ resourceRules: [PODS], objectSelector: { matchLabels: { app: 'db' } } }, false],
  [
    {
      resourceRules: [PODS],
      namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
    },
    false,
  ],
])('constraints %j look at the Pod: %s', (matchConstraints, looks) => {
  expect(denied({ matchConstraints, ...one('false') }) !== undefined).toBe(looks);
});

const mutate = (mutation: Json, more: Json = {}) =>
  run(mutatingAdmissionPolicy, web, policy('Mutating', { mutations: [mutation], ...more }));
const apply = (expression: string): Json => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
});
const jsonPatch = (expression: string): Json => ({
  patchType: 'JSONPatch',
  jsonPatch: { expression },
});

test('an apply configuration merges lists by their keys', () => {
  const { object, refusal, reinvoked } = mutate(
    apply(`Object{spec: Object.spec{containers: [
      Object.spec.containers{name: 'app', env: [Object.spec.containers.env{name: 'A', value: '1'}]},
      Object.spec.containers{name: 'side', image: 'side'}]}}`),
  );
  expect(refusal).toBeUndefined();
  expect(reinvoked).toBe(true);
  expect(object['spec']).toEqual({
    containers: [
      { name: 'app', image: 'nginx', resources: {}, env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 'side' },
    ],
  });
});

test.each([
  [
    apply("Object{spec: Object.spec{tolerations: [Object.spec.tolerations{key: 'a'}]}}"),
    'error applying patch: invalid ApplyConfiguration: ' +
      'may not mutate atomic arrays, maps or structs: .spec.tolerations',
  ],
  [
    apply('Object{spec: Object.spec{replicas: 1}}'),
    'error applying patch: failed to convert patch object to typed object: ' +
      '.spec.replicas: field not declared in schema',
  ],
  [
    apply('Object{spec: Object.metadata{}}'),
    'type mismatch: unexpected type name "Object.metadata", expected "Object.spec", ' +
      'which matches field name path from root Object type',
  ],
  [
    apply('Object{spec: Object.spec{hostname: object.absent}}'),
    "expression 'Object{spec: Object.spec{hostname: object.absent}}' resulted in error: no such key: absent",
  ],
  [
    apply("Object{spec: Object.spec{terminationGracePeriodSeconds: '5'}}"),
    'error applying patch: failed to convert patch object to typed object: ' +
      '.spec.terminationGracePeriodSeconds: expected numeric (int or float), got string',
  ],
  [
    jsonPatch('[JSONPatch{op: "add", path: "/metadata/annotations/a", value: "b"}]'),
    'JSON Patch: add operation does not apply: doc is missing path: "/metadata/annotations/a": missing value',
  ],
  [
    jsonPatch('[JSONPatch{op: "replace", path: "/spec/containers/-", value: {"name": "n"}}]'),
    'JSON Patch: replace operation does not apply: doc is missing key: /spec/containers/-: missing value',
  ],
  [
    jsonPatch('[JSONPatch{op: "remove", path: "/spec/containers/x"}]'),
    `JSON Patch: error in remove for path: '/spec/containers/x': strconv.Atoi: parsing "x": invalid syntax`,
  ],
  [
    jsonPatch('[JSONPatch{op: "add", path: "/spec/containers/x", value: {"name": "n"}}]'),
    "JSON Patch: error in add for path: '/spec/containers/x': value was not a proper array index: " +
      `'x': strconv.Atoi: parsing "x": invalid syntax`,
  ],
  [
    jsonPatch('[JSONPatch{op: "move", from: "/metadata/labels/no", path: "/metadata/labels/b"}]'),
    "JSON Patch: error in move for path: 'no': Unable to remove nonexistent key: no: missing value",
  ],
  [
    jsonPatch('[JSONPatch{op: "move", path: "/metadata/labels/b"}]'),
    'JSON Patch: move operation failed to decode from: operation, missing from field: missing value',
  ],
  [
    jsonPatch('[JSONPatch{op: "copy", from: "/metadata/name", path: "/metadata/annotations/b"}]'),
    'JSON Patch: copy operation does not apply: doc is missing destination path: ' +
      '/metadata/annotations/b: missing value',
  ],
  [
    jsonPatch('[JSONPatch{op: "test", path: "/spec/containers/7", value: 1}]'),
    "JSON Patch: error in test for path: '/spec/containers/7': " +
      'Unable to access invalid index: 7: invalid index referenced',
  ],
  [jsonPatch('[JSONPatch{op: "swap", path: "/spec"}]'), 'JSON Patch: Unexpected kind: swap'],
])('%j is refused', (mutation, why) => {
  const { refusal, object } = mutate(mutation);
  const message = `policy 'p' with binding 'b' denied request: ${why}`;
  expect(refusal).toMatchObject({ code: 403, reason: 'Invalid', message });
  expect(object).toEqual(web);
  expect(mutate(mutation, { failurePolicy: 'Ignore' }).refusal).toBeUndefined();
});

test('JSON patches escape keys, and do nothing where a test fails', () => {
  const label = `JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: 'c'}`;
  expect(mutate(jsonPatch(`[${label}]`)).object['metadata']).toMatchObject({
    labels: { app: 'web', 'a/b': 'c' },
  });
  const test = `JSONPatch{op: 'test', path: '/metadata/name', value: 'other'}`;
  expect(mutate(jsonPatch(`[${test}, ${label}]`)).object).toEqual(web);
});

test('a JSON patch may replace a key that is not there, and tests without a value that it is not', () => {
  const test = `JSONPatch{op: 'test', path: '/spec/nodeName'}`;
  const replace = `JSONPatch{op: 'replace', path: '/spec/nodeName', value: 'n'}`;
  expect(mutate(jsonPatch(`[${test}, ${replace}]`)).object['spec']).toMatchObject({
    nodeName: 'n',
  });
  expect(mutate(jsonPatch(`[${replace}, ${test}]`)).object).toEqual(web);
});

test('webhooks that would be called are named, and policies that ask who may do what', () => {
  const hook = (name: string, more: Json): Json => ({ name, rules: [PODS], ...more });
  const configuration = manifest(GROUP, 'ValidatingWebhookConfiguration', 'c', {
    webhooks: [
      hook('yes.example.com', {}),
      hook('no.example.com', { objectSelector: { matchLabels: { app: 'db' } } }),
      hook('cond.example.com', { matchConditions: [{ name: 'c', expression: 'false' }] }),
    ],
  });
  const asking = policy(
    'Validating',
    one("authorizer.group('').resource('pods').check('get').allowed()"),
  );
  const request = {
    kind: 'Pod',
    apiVersion: 'v1',
    namespace: 'ns',
    object: web as never,
    snapshot: new ClusterSnapshot([configuration, ...asking] as never),
    warn: () => undefined,
  };
  expect(webhooksFor(request).map((it) => it.name)).toEqual(['yes.example.com']);
  expect(policiesThatAskWho(request)).toEqual(['p']);
});
