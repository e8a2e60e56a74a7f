import { expect, test } from 'vitest';
import { limitRanger } from '../../../server/src/admission/plugins/limit-ranger.ts';
import { manifest, pod, run, type Json } from './plugin-request.ts';

const range = (...limits: Json[]): Json =>
  manifest('v1', 'LimitRange', 'bounds', { metadata: { namespace: 'ns' }, spec: { limits } });
const message = (object: Json, ...limits: Json[]): string | undefined =>
  run(limitRanger, object, [range(...limits)]).refusal?.message;
const container = (resources: Json, more: Json = {}): Json => ({ name: 'app', resources, ...more });

test('a missing limit is the default, then the maximum; a missing request the limit or minimum', () => {
  const limits = {
    type: 'Container',
    default: { cpu: '500m' },
    max: { memory: '1Gi' },
    min: { 'a/b': 1 },
  };
  const { object } = run(limitRanger, pod({ containers: [container({})] }), [range(limits)]);
  expect(object['spec']).toEqual({
    containers: [
      container({
        limits: { cpu: '500m', memory: '1Gi' },
        requests: { cpu: '500m', memory: '1Gi', 'a/b': '1' },
      }),
    ],
  });
  expect(object['metadata']).toMatchObject({
    annotations: {
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: a/b, cpu, memory request for container app; ' +
        'cpu, memory limit for container app',
    },
  });
});

test.each([
  [
    { type: 'Container', max: { cpu: 1 } },
    { limits: { cpu: '1500m' } },
    'maximum cpu usage per Container is 1, but limit is 1500m',
  ],
  [
    { type: 'Container', min: { memory: '1Gi' } },
    { requests: { memory: '512Mi' } },
    'minimum memory usage per Container is 1Gi, but request is 512Mi',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: 2 } },
    { requests: { cpu: '100m' }, limits: { cpu: '300m' } },
    'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  ],
])('%j refuses %j', (limit, resources, why) => {
  const object = pod({ containers: [container(resources)] });
  // Two containers with one fault are told of once.
  const both = pod({ containers: [container(resources), container(resources, { name: 'b' })] });
  expect(message(object, limit)).toBe(`pods "web" is forbidden: ${why}`);
  expect(message(both, limit)).toBe(`pods "web" is forbidden: ${why}`);
});

test('a Pod counts its containers and sidecars together, and the largest init container', () => {
  const limit = { type: 'Pod', max: { cpu: 3 } };
  const limits = { limits: { cpu: 1 } };
  const sidecar = container(limits, { name: 'side', restartPolicy: 'Always' });
  const fits = pod({
    containers: [container(limits)],
    initContainers: [sidecar, container(limits)],
  });
  const heavy = container({ limits: { cpu: '2500m' } }, { name: 'setup' });
  const over = pod({ containers: [container(limits)], initContainers: [sidecar, heavy] });
  expect(message(fits, limit)).toBeUndefined();
  expect(message(over, limit)).toMatch(/maximum cpu usage per Pod is 3, but limit is 3500m$/);
});

test('a claim is held to the bounds on its storage request', () => {
  const claim = manifest('v1', 'PersistentVolumeClaim', 'data', {
    spec: { resources: { requests: { storage: '30Gi' } } },
  });
  const limit = { type: 'PersistentVolumeClaim', max: { storage: '20Gi' } };
  expect(message(claim, limit)).toBe(
    'persistentvolumeclaims "data" is forbidden: ' +
      'maximum storage usage per PersistentVolumeClaim is 20Gi, but request is 30Gi',
  );
});

test('pod-level cpu and memory stand for the sum, pod-level huge pages do not', () => {
  const bounds = { type: 'Pod', max: { cpu: 2, 'hugepages-2Mi': '64Mi' } };
  const limits = { cpu: 1, 'hugepages-2Mi': '32Mi' };
  const podLevel = (more: Json): Json =>
    pod({ containers: [container({ limits })], resources: { limits: { ...limits, ...more } } });
  expect(message(podLevel({ 'hugepages-2Mi': '128Mi' }), bounds)).toBeUndefined();
  expect(message(podLevel({ cpu: 3 }), bounds)).toMatch(
    /maximum cpu usage per Pod is 2, but limit is 3$/,
  );
});
