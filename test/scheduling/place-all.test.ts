import { describe, expect, test } from 'vitest';
import type { Pod } from '../../server/src/manifest/index.ts';
import { howManyMore, nodesToAdd, placeAll } from '../../server/src/scheduling/index.ts';
import { bound, node, pod, THREE_NODES, world } from './world.ts';

const TWO_CPUS = 'containers: [{ name: app, resources: { requests: { cpu: "2" } } }]';
const ROUND: readonly (string | undefined)[] = ['node-a', 'node-b', 'node-c'];
const replicas = (count: number, spec: string) =>
  Array.from({ length: count }, (_, i) => pod(spec, `web-${i}`));

describe('several pods', () => {
  test('each sees those before it, and copies of one that did not fit do not fit either', () => {
    const { placements, after } = placeAll(replicas(8, TWO_CPUS), world(THREE_NODES));
    expect(placements.map((it) => it.nodeName)).toEqual(
      [...ROUND, ...ROUND].concat([undefined, undefined]),
    );
    expect(placements[7]?.result.message).toMatch(
      /^0\/3 nodes are available: 3 Insufficient cpu\./,
    );
    expect(after.nodes.map((it) => it.milliCpu)).toEqual([4000, 4000, 4000]);
  });

  test('those of higher priority come first', () => {
    const low = pod(TWO_CPUS, 'low');
    const high = pod(`${TWO_CPUS}\npriority: 5`, 'high');
    const { placements } = placeAll([low, high], world(node('node-a', { cpu: '2' })));
    expect(placements.map((it) => [it.pod.metadata.name, it.nodeName])).toEqual([
      ['high', 'node-a'],
      ['low', undefined],
    ]);
  });

  test('one that needs the company of a later one is tried again when that has a node', () => {
    const near = (app: string) =>
      `affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{
        topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: ${app} } } }] } }`;
    const place = (...names: readonly string[]) => {
      const pods = [pod(near('b'), 'a'), pod(near('c'), 'b'), pod('', 'c')];
      const queue = pods.filter((it) => names.includes(it.metadata.name ?? ''));
      const { placements } = placeAll(queue, world(THREE_NODES));
      return placements.map((it) => [it.pod.metadata.name, it.nodeName !== undefined]);
    };
    expect(place('b', 'c')).toEqual([
      ['b', true],
      ['c', true],
    ]);
    expect(place('a', 'b', 'c').map(([, placed]) => placed)).toEqual([true, true, true]);
    // What keeps the company of nobody who comes is not tried again.
    expect(place('a', 'c').map(([, placed]) => placed)).toEqual([false, true]);
  });

  test('one whose skew a later one evens out is tried again', () => {
    const spread = `nodeSelector: { kubernetes.io/hostname: node-a }
topologySpreadConstraints: [{ maxSkew: 1, topologyKey: topology.kubernetes.io/zone,
  whenUnsatisfiable: DoNotSchedule, nodeAffinityPolicy: Ignore,
  labelSelector: { matchLabels: { app: web } } }]`;
    const labelled = (it: Pod): Pod => ({
      ...it,
      metadata: { ...it.metadata, labels: { app: 'web' } },
    });
    const pods = [pod(spread, 'a'), pod('nodeSelector: { kubernetes.io/hostname: node-c }', 'b')];
    const snapshot = world(`${THREE_NODES}---${bound('web', 'node-a')}`);
    const { placements } = placeAll(pods.map(labelled), snapshot);
    expect(placements.map((it) => it.nodeName)).toEqual(['node-a', 'node-c']);
  });

  test('a preempting pod takes the place of its victims', () => {
    const high = pod(`${TWO_CPUS}\npriority: 5`, 'high');
    const snapshot = world(`${node('node-a', { cpu: '2' })}---${bound('low', 'node-a')}`);
    const { placements, after } = placeAll([high], snapshot);
    expect(placements[0]?.nodeName).toBe('node-a');
    expect(after.node('node-a')?.pods.map((it) => it.name)).toEqual(['high']);
  });

  test('two pods do not both get the one volume that waits for a pod', () => {
    const storage = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: local }
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: disk }
spec: { storageClassName: local, capacity: { storage: 5Gi }, accessModes: [ReadWriteOnce] }
status: { phase: Available }
`;
    const claim = (name: string) => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name}, namespace: default }
spec: { storageClassName: local, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;
    const uses = (name: string) =>
      pod(`volumes: [{ name: d, persistentVolumeClaim: { claimName: ${name} } }]`, name);
    const snapshot = world([THREE_NODES, storage, claim('one'), claim('two')].join('---'));
    const { placements } = placeAll([uses('one'), uses('two')], snapshot);
    expect(placements.map((it) => it.nodeName !== undefined)).toEqual([true, false]);
    expect(placements[1]?.result.verdict('node-a')?.reasons).toEqual([
      "node(s) didn't find available persistent volumes to bind",
    ]);
  });
});

describe('how many more', () => {
  test('copies are counted by node until the next does not fit', () => {
    const capacity = howManyMore(pod(TWO_CPUS), world(`${THREE_NODES}---${bound('db', 'node-a')}`));
    expect(capacity.count).toBe(5);
    expect(Object.fromEntries(capacity.byNode)).toEqual({ 'node-a': 1, 'node-b': 2, 'node-c': 2 });
    expect(capacity.next?.message).toMatch(/3 Insufficient cpu/);
  });

  test('the count stops at its limit', () => {
    const capacity = howManyMore(pod(), world(THREE_NODES), 10);
    expect(capacity).toMatchObject({ count: 10, bounded: true, next: undefined });
  });
});

describe('nodes to add', () => {
  test('are counted for each kind of node that can take the pods', () => {
    const snapshot = world(
      [node('small', { cpu: '1' }), node('medium', { cpu: '2' }), node('large', { cpu: '8' })].join(
        '---',
      ),
    );
    const needed = nodesToAdd(replicas(9, TWO_CPUS), snapshot);
    expect(needed.map((it) => [it.like.metadata.name, it.count])).toEqual([
      ['large', 1],
      ['medium', 4],
    ]);
  });

  test('are none where all pods fit', () => {
    expect(nodesToAdd([pod()], world(THREE_NODES))).toEqual([]);
  });
});

describe('further copies with volumes', () => {
  const LOCAL = (...zones: string[]): string => `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: zonal }
provisioner: csi.example.com
volumeBindingMode: WaitForFirstConsumer
allowedTopologies: [{ matchLabelExpressions: [
  { key: topology.kubernetes.io/zone, values: [${zones.join(', ')}] }] }]
`;
  const SPEC = `{ storageClassName: zonal, accessModes: [ReadWriteOncePod],
  resources: { requests: { storage: 1Gi } } }`;
  const countByNode = (it: Pod, ...texts: string[]): unknown =>
    Object.fromEntries(howManyMore(it, world([THREE_NODES, ...texts].join('---'))).byNode);

  test('get claims of their own where the volume is ephemeral', () => {
    const web = pod(`${TWO_CPUS}
volumes: [{ name: d, ephemeral: { volumeClaimTemplate: { spec: ${SPEC} } } }]`);
    expect(countByNode(web, LOCAL('one'))).toEqual({ 'node-a': 2, 'node-b': 2 });
  });

  test('get claims of their own where a StatefulSet makes them', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: '' };
    const web = pod(`${TWO_CPUS}
volumes: [{ name: d, persistentVolumeClaim: { claimName: d-web }  }]`);
    const metadata = { ...web.metadata, ownerReferences: [{ ...owner, controller: true }] };
    const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: d-web, namespace: default }
spec: ${SPEC}
`;
    expect(countByNode({ ...web, metadata }, LOCAL('one', 'two'), claim)).toEqual({
      'node-a': 2,
      'node-b': 2,
      'node-c': 2,
    });
    // A claim that all replicas of something else share is the one they wait for.
    expect(countByNode(web, LOCAL('one', 'two'), claim)).toEqual({ 'node-a': 1 });
  });
});
