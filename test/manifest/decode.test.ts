import { describe, expect, test } from 'vitest';
import { decodeObject, encodeObject } from '../../server/src/manifest/index.ts';

const decode = (spec: unknown) => decodeObject({ spec }, 'CoreV1Pod');
const container = (it: object) => ({ containers: [{ name: 'a', ...it }] });
const cannot = 'json: cannot unmarshal';
const SYNTAX = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

describe('a value of the wrong type is refused in the words of the server', () => {
  test.each([
    [
      { hostNetwork: 'yes' },
      `${cannot} string into Go struct field PodSpec.spec.hostNetwork of type bool`,
    ],
    [
      { restartPolicy: 1 },
      `${cannot} number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy`,
    ],
    [
      { containers: {} },
      `${cannot} object into Go struct field PodSpec.spec.containers of type []v1.Container`,
    ],
    [
      { containers: [1] },
      `${cannot} number into Go struct field PodSpec.spec.containers of type v1.Container`,
    ],
    [
      { activeDeadlineSeconds: 1.5 },
      `${cannot} number 1.5 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64`,
    ],
    [
      { priority: 2 ** 31 },
      `${cannot} number 2147483648 into Go struct field PodSpec.spec.priority of type int32`,
    ],
    [
      { priority: 10n ** 20n },
      `${cannot} number 100000000000000000000 into Go struct field PodSpec.spec.priority of type int32`,
    ],
    [
      { nodeSelector: { a: true } },
      `${cannot} bool into Go struct field PodSpec.spec.nodeSelector of type string`,
    ],
    [
      { nodeSelector: 'x' },
      `${cannot} string into Go struct field PodSpec.spec.nodeSelector of type map[string]string`,
    ],
    [
      container({ resources: { requests: 1 } }),
      `${cannot} number into Go struct field ResourceRequirements.spec.containers.resources.requests of type v1.ResourceList`,
    ],
    [
      container({ livenessProbe: { tcpSocket: 1 } }),
      `${cannot} number into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.tcpSocket of type v1.TCPSocketAction`,
    ],
    [
      container({ livenessProbe: { tcpSocket: { port: [] } } }),
      `${cannot} array into Go struct field TCPSocketAction.spec.containers.livenessProbe.ProbeHandler.tcpSocket.port of type int32`,
    ],
    [
      container({ resources: { requests: { cpu: 'x' } } }),
      `quantities must match the regular expression ${SYNTAX}`,
    ],
    [container({ resources: { requests: { cpu: '1i' } } }), "unable to parse quantity's suffix"],
  ])('%o', (spec, message) => {
    expect(decode(spec).fault?.message).toBe(message);
  });

  test('a value that its own type refuses goes before a wrong type found earlier', () => {
    const { fault } = decode({ priority: 'x', overhead: { cpu: 'y' } });
    expect(fault?.path).toEqual(['spec', 'overhead', 'cpu']);
  });

  test('of wrong types the first is told, at its place', () => {
    const { fault } = decode({ ...container({ image: 1 }), priority: 'x' });
    expect(fault?.path).toEqual(['spec', 'containers', 0, 'image']);
  });
});

test('every unknown field is told once, in its case and at its place', () => {
  const { strict } = decode({ Containers: [], ...container({ Image: 'x', env: [{ a: 1 }] }) });
  expect(strict.map((it) => it.message)).toEqual([
    'unknown field "spec.Containers"',
    'unknown field "spec.containers[0].Image"',
    'unknown field "spec.containers[0].env[0].a"',
  ]);
});

test.each([
  [{ hostNetwork: false, nodeName: '', nodeSelector: {}, tolerations: [] }, {}],
  [
    { hostUsers: false, priority: 0, securityContext: {} },
    { hostUsers: false, priority: 0, securityContext: {} },
  ],
  [{ hostUsers: null, priority: null, nodeName: null, volumes: null }, {}],
  [{ nodeSelector: { a: null } }, { nodeSelector: { a: '' } }],
  [{ containers: [null] }, { containers: [{ name: '' }] }],
  [
    { overhead: { cpu: null, memory: 0.5, a: '0.5Gi' } },
    { overhead: { cpu: '0', memory: '500m', a: '512Mi' } },
  ],
])('nulls and empties are kept as Go keeps them: %o', (spec, kept) => {
  expect(decode(spec).fault).toBeUndefined();
  expect({ containers: undefined, ...(decode(spec).object['spec'] as object) }).toEqual({
    containers: undefined,
    ...kept,
  });
});

test('keys that JavaScript minds are keys like any other', () => {
  const labels = JSON.parse('{"__proto__": "a", "constructor": "b"}');
  const { object } = decodeObject({ metadata: { labels } }, 'CoreV1Pod');
  expect(JSON.stringify(object['metadata'])).toBe('{"labels":{"__proto__":"a","constructor":"b"}}');
});

test('what Go always prints is printed', () => {
  expect(encodeObject({ spec: { containers: [{ name: 'a' }] } }, 'CoreV1Pod')).toEqual({
    metadata: {},
    spec: { containers: [{ name: 'a', resources: {} }] },
    status: {},
  });
});
