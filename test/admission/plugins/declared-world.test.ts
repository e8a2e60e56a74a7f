import { assert, constantFrom, jsonValue, property } from 'fast-check';
import { expect, test } from 'vitest';
import { ORDERED_PLUGINS } from '../../../server/src/admission/ordered-plugins.ts';
import { manifest, pod, run, type Json } from './plugin-request.ts';

const GROUP = 'admissionregistration.k8s.io/v1';
const NS = { metadata: { namespace: 'ns' } };
const RULE = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] };

/** A world in which every plugin has something to do. */
const WORLD: readonly Json[] = [
  manifest('v1', 'Namespace', 'ns', {
    metadata: { labels: { 'pod-security.kubernetes.io/warn': 'restricted' } },
  }),
  manifest('v1', 'LimitRange', 'l', {
    ...NS,
    spec: { limits: [{ type: 'Container', max: { cpu: 1 } }] },
  }),
  manifest('v1', 'ResourceQuota', 'q', {
    ...NS,
    spec: { hard: { pods: 3 }, scopes: ['NotTerminating'] },
    status: { hard: { pods: 3 }, used: { pods: 1 } },
  }),
  manifest('v1', 'ServiceAccount', 'default', { ...NS, secrets: [{ name: 's' }] }),
  manifest('scheduling.k8s.io/v1', 'PriorityClass', 'c', { value: 1, globalDefault: true }),
  manifest('node.k8s.io/v1', 'RuntimeClass', 'r', {
    handler: 'h',
    overhead: { podFixed: { cpu: 1 } },
    scheduling: { tolerations: [{ key: 'a' }] },
  }),
  manifest(GROUP, 'ValidatingAdmissionPolicy', 'v', {
    spec: {
      matchConstraints: { resourceRules: [RULE] },
      variables: [{ name: 'a', expression: '1' }],
      validations: [{ expression: 'variables.a == 2', messageExpression: "'m'" }],
    },
  }),
  manifest(GROUP, 'ValidatingAdmissionPolicyBinding', 'v', {
    spec: { policyName: 'v', validationActions: ['Warn'], matchResources: { objectSelector: {} } },
  }),
  manifest(GROUP, 'MutatingAdmissionPolicy', 'm', {
    spec: {
      matchConstraints: { resourceRules: [RULE] },
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: 'Object{spec: Object.spec{}}' },
        },
      ],
    },
  }),
  manifest(GROUP, 'MutatingAdmissionPolicyBinding', 'm', { spec: { policyName: 'm' } }),
];

/** Every place in an object, but for what names it. */
function* places(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (path.length === 0 && (key === 'apiVersion' || key === 'kind')) continue;
    if (path[0] === 'metadata' && (key === 'name' || key === 'namespace')) continue;
    if (path.length > 0) yield [...path, key];
    yield* places(inner, [...path, key]);
  }
}

function replaced(object: Json, path: readonly string[], value: unknown): Json {
  const copy = structuredClone(object);
  let at: Json = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Json;
  at[path.at(-1) ?? ''] = value;
  return copy;
}

const PLACES = WORLD.flatMap((object, i) => [...places(object)].map((path) => [i, path] as const));
const JUNK = constantFrom<unknown>(
  null,
  0,
  -1,
  1.5,
  '',
  'x',
  '1Gi',
  true,
  [],
  [null],
  {},
  { a: null },
  [[]],
);

test('no plugin throws, whatever stands in a field of the declared world', () => {
  const object = pod({ containers: [{ name: 'app' }], runtimeClassName: 'r' });
  assert(
    property(constantFrom(...PLACES), JUNK, jsonValue(), ([i, path], junk, other) => {
      for (const value of [junk, other]) {
        const world = WORLD.map((it, k) => (k === i ? replaced(it, path, value) : it));
        for (const plugin of ORDERED_PLUGINS) run(plugin, object, world);
      }
    }),
    { numRuns: 1500 },
  );
});

test('the world as it is makes every one of them say something', () => {
  const object = pod({ containers: [{ name: 'app' }], runtimeClassName: 'r' });
  const warnings = ORDERED_PLUGINS.flatMap((it) => run(it, object, WORLD).warnings);
  expect(warnings).toHaveLength(2);
});
