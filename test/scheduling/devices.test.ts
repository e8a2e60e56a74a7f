import { describe, expect, test } from 'vitest';
import { placeAll, schedule } from '../../server/src/scheduling/index.ts';
import { pod, THREE_NODES, world } from './world.ts';

const slice = (nodeName: string, devices: string): string => `
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: { name: ${nodeName} }
spec: { driver: gpu.example.com, pool: { name: ${nodeName} }, nodeName: ${nodeName}, devices: [${devices}] }
`;
const gpu = (name: string, model: string, memory: string, numa = 0): string =>
  `{ name: ${name}, attributes: { model: { string: ${model} }, numa: { int: ${numa} },
     driver: { version: 1.2.0 } }, capacity: { memory: { value: ${memory} } } }`;
const CLASS = `
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: { name: gpu }
spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] }
`;
const claim = (request: string, constraints = ''): string => `
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: { name: mine, namespace: default }
spec: { devices: { requests: [{ name: one, exactly: { deviceClassName: gpu, ${request} } }], ${constraints} } }
`;
const USES = 'resourceClaims: [{ name: gpu, resourceClaimName: mine }]';
const SLICES = [
  slice('node-a', gpu('g0', 'small', '8Gi')),
  slice('node-b', [gpu('g0', 'large', '40Gi', 0), gpu('g1', 'large', '80Gi', 1)].join()),
].join('---');

const on = (request: string, constraints?: string): readonly string[] =>
  schedule(pod(USES), world([THREE_NODES, CLASS, SLICES, claim(request, constraints)].join('---')))
    .feasible;

describe('a resource claim that is not allocated', () => {
  test.each<[string, string, string[]]>([
    ['goes where there is a device of its class', '', ['node-a', 'node-b']],
    ['goes where there are as many as it wants', 'count: 2', ['node-b']],
    ['goes nowhere where it wants more than any node has', 'count: 3', []],
    [
      'meets its selectors on attributes',
      `selectors: [{ cel: { expression: 'device.attributes["gpu.example.com"].model == "small"' } }]`,
      ['node-a'],
    ],
    [
      'meets its selectors on capacity',
      `selectors: [{ cel: { expression: 'device.capacity["gpu.example.com"].memory.compareTo(quantity("64Gi")) >= 0' } }]`,
      ['node-b'],
    ],
    [
      'does not meet a selector that fails',
      `selectors: [{ cel: { expression: 'device.attributes["other"].x == 1' } }]`,
      [],
    ],
  ])('%s', (_, request, nodes) => {
    expect(on(request)).toEqual(nodes);
  });

  test('takes devices that share an attribute where it says so', () => {
    expect(on('count: 2', 'constraints: [{ matchAttribute: gpu.example.com/model }]')).toEqual([
      'node-b',
    ]);
    expect(on('count: 2', 'constraints: [{ matchAttribute: gpu.example.com/numa }]')).toEqual([]);
  });

  test('does not get a device that another claim holds', () => {
    const held = `
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: { name: theirs, namespace: default }
status: { allocation: { devices: { results: [
  { request: one, driver: gpu.example.com, pool: node-a, device: g0 }] } } }
`;
    const snapshot = world([THREE_NODES, CLASS, SLICES, claim(''), held].join('---'));
    const result = schedule(pod(USES), snapshot);
    expect(result.feasible).toEqual(['node-b']);
    expect(result.verdict('node-a')?.reasons).toEqual(['cannot allocate all claims']);
  });

  test('of a template is one of each pod, and none share a device', () => {
    const template = `
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: { name: each, namespace: default }
spec: { spec: { devices: { requests: [{ name: one, exactly: { deviceClassName: gpu } }] } } }
`;
    const uses = 'resourceClaims: [{ name: gpu, resourceClaimTemplateName: each }]';
    const snapshot = world([THREE_NODES, CLASS, SLICES, template].join('---'));
    const { placements } = placeAll(
      ['p0', 'p1', 'p2', 'p3'].map((it) => pod(uses, it)),
      snapshot,
    );
    expect(placements.map((it) => it.nodeName)).toEqual(['node-a', 'node-b', 'node-b', undefined]);
  });

  test('may go anywhere in a world that declares no devices', () => {
    const snapshot = world([THREE_NODES, claim('count: 9')].join('---'));
    expect(schedule(pod(USES), snapshot).feasible).toHaveLength(3);
  });

  test('keeps the pod from all nodes while its class is not there', () => {
    const snapshot = world([THREE_NODES, CLASS, claim('').replace('gpu,', 'tpu,')].join('---'));
    expect(schedule(pod(USES), snapshot).preFilter?.message).toBe(
      'request one: device class tpu does not exist',
    );
  });
});
