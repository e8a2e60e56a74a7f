/** What of upstream one would not expect: each was found by reading, and no recorded case shows it. */
import { describe, expect, test } from 'vitest';
import { PodInfoFactory } from '../../server/src/cluster/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import { schedule } from '../../server/src/scheduling/index.ts';
import { bound, node, objects, pod, THREE_NODES, world } from './world.ts';

const GIBIBYTE = 1024 ** 3;
const cpu = (amount: string): string =>
  `containers: [{ name: app, resources: { requests: { cpu: "${amount}" } } }]`;
const port = (spec: string): string =>
  `${spec}, containers: [{ name: app, ports: [{ containerPort: 80, hostPort: 80 }] }]`;
const scoreOf = (it: Pod, text: string, plugin: string): readonly (number | undefined)[] =>
  schedule(it, world(text)).perNode.map(({ scores }) => scores?.[plugin]);

describe('preferences that cannot be read', () => {
  const prefers = (...values: readonly string[]) =>
    pod(`affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 1, preference: { matchExpressions: [
        { key: cores, operator: Gt, values: [${values.join()}] } ] } }] } }`);

  test('end the cycle with an error where there is more than one node to choose from', () => {
    const several = schedule(prefers('many'), world(THREE_NODES));
    expect(several.nodeName).toBeUndefined();
    expect(several.message).toBe(
      'running PreScore plugin "NodeAffinity": [0].matchExpressions[0].values[0]: Invalid value:' +
        ` "many": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
    expect(several.preFilter?.plugin).toBe('NodeAffinity');
    expect(schedule(prefers('many'), world(node('node-a'))).nodeName).toBe('node-a');
    expect(schedule(prefers('"4"'), world(THREE_NODES)).nodeName).toBe('node-a');
  });

  test('are those with a value that no label has, too', () => {
    const { message } = schedule(prefers('"-5"'), world(THREE_NODES));
    expect(message).toContain('values[0][cores]: Invalid value: "-5": a valid label must be');
  });
});

describe('scores', () => {
  test('an image that is mounted adds to what a node has, not to what could be had', () => {
    const withImage = node('node-a').replace(
      'status: {',
      `status: { images: [{ names: ["app:1"], sizeBytes: ${GIBIBYTE} }],`,
    );
    const plain = pod();
    const mounts = pod('volumes: [{ name: models, image: { reference: "other:1" } }]');
    const text = `${withImage}---${node('node-b')}`;
    expect(scoreOf(mounts, text, 'ImageLocality')).toEqual(scoreOf(plain, text, 'ImageLocality'));
  });

  test('the pods of a Deployment spread by its selector though nobody wrote its ReplicaSet', () => {
    const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec: { selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } } } }
`;
    const labels = { app: 'web', 'pod-template-hash': 'abc' };
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: '', controller: true },
    ];
    const replica = { ...pod(), metadata: { ...pod().metadata, labels, ownerReferences } };
    const there = (hash: string) =>
      bound('web-1', 'node-a', '', `app: web, pod-template-hash: ${hash}`);
    const scores = (hash: string) =>
      scoreOf(replica, `${THREE_NODES}---${deployment}---${there(hash)}`, 'PodTopologySpread');
    expect(scores('abc')[0]).toBeLessThan(scores('abc')[2] ?? 0);
    // Replicas of the revision before are others.
    expect(new Set(scores('def')).size).toBe(1);
    expect(scoreOf(replica, THREE_NODES, 'PodTopologySpread')).toEqual(Array(3).fill(undefined));
  });
});

describe('what a pod requests', () => {
  const requests = (spec: string, status: string) => {
    const text = `kind: Pod\nmetadata: { name: a }\nspec: ${spec}\nstatus: ${status}`;
    return new PodInfoFactory().infoOf(objects(text)[0] as Pod);
  };
  const ONE = `{ ${cpu('1')} }`;

  test('is the most of what is wanted, granted and in use, once it runs', () => {
    const running = `[{ name: app, allocatedResources: { cpu: "3" }, resources: { requests: { cpu: "2" } } }]`;
    const infeasible = '[{ type: PodResizePending, reason: Infeasible }]';
    const milliCpu = (spec: string, status: string) => requests(spec, status).requests.milliCpu;
    expect(milliCpu(ONE, `{ containerStatuses: ${running} }`)).toBe(3000);
    expect(milliCpu(`{ ${cpu('4')} }`, `{ containerStatuses: ${running} }`)).toBe(4000);
    expect(
      milliCpu(`{ ${cpu('4')} }`, `{ containerStatuses: ${running}, conditions: ${infeasible} }`),
    ).toBe(3000);
    // What was granted says nothing before anything runs.
    expect(
      milliCpu(ONE, '{ containerStatuses: [{ name: app, allocatedResources: { cpu: "3" } }] }'),
    ).toBe(1000);
  });

  test('of an init container that ends is what is written', () => {
    const spec =
      '{ containers: [{ name: b }], initContainers: [{ name: app, resources: { requests: { cpu: "1" } } }] }';
    const status =
      '{ initContainerStatuses: [{ name: app, resources: { requests: { cpu: "2" } } }] }';
    expect(requests(spec, status).requests.milliCpu).toBe(1000);
  });

  test('is not made up for containers where the pod as a whole says it', () => {
    const spec = `{ resources: { requests: { cpu: "2" } }, containers: [{ name: a },
      { name: b, resources: { requests: { memory: 1Gi } } }] }`;
    expect(requests(spec, '{}')).toMatchObject({ nonZeroMilliCpu: 2000, nonZeroMemory: GIBIBYTE });
  });
});

describe('preemption', () => {
  test('a port is free once one of the pods that have it is gone, though another has it, too', () => {
    const text = [
      node('node-a'),
      bound('low', 'node-a', port('priority: 0')),
      bound('high', 'node-a', port('priority: 20')),
    ].join('---');
    const result = schedule(pod(`{ ${port('priority: 10')} }`), world(text));
    expect(result.victims.map((it) => it.metadata.name)).toEqual(['low']);
  });

  test('a claim of one name in another namespace counts as the one that keeps the pod off', () => {
    const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: default, annotations: { pv.kubernetes.io/bind-completed: "yes" } }
spec: { volumeName: data, accessModes: [ReadWriteOncePod] }
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: data }
`;
    const uses = 'volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]';
    const text = [
      THREE_NODES,
      claim,
      bound('holder', 'node-b', `priority: 20, ${uses}`),
      bound('other', 'node-a', `priority: 0, ${uses}`).replace(
        'namespace: default',
        'namespace: far',
      ),
    ].join('---');
    const result = schedule(pod(`{ priority: 10, ${uses} }`), world(text));
    expect(result.nominatedNodeName).toBe('node-a');
  });

  test('only a pod that was preempted is waited for', () => {
    const leaving = (status: string) =>
      bound('old', 'node-a', 'priority: 0')
        .replace('name: old,', 'name: old, deletionTimestamp: "2026-01-01T00:00:00Z",')
        .replace('status: {', `status: { ${status}`);
    const promised = {
      ...pod(`{ priority: 10, ${cpu('2')} }`),
      status: { nominatedNodeName: 'node-a' },
    };
    const messageBeside = (status: string) =>
      schedule(promised, world(`${node('node-a', { cpu: '2' })}---${leaving(status)}`)).message;
    const preempted =
      'conditions: [{ type: DisruptionTarget, status: "True", reason: PreemptionByScheduler }],';
    expect(messageBeside(preempted)).toMatch(/a terminating pod on the nominated node\.$/);
    expect(messageBeside('')).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  });

  test('claims that are held elsewhere are told in the sentence', () => {
    const claim = (reservedFor: string) => `
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: { name: gpu, namespace: default }
status: { reservedFor: ${reservedFor}, allocation: { nodeSelector: { nodeSelectorTerms: [
  { matchExpressions: [{ key: disk, operator: Exists }] }] } } }
`;
    const wants = pod('resourceClaims: [{ name: gpu, resourceClaimName: gpu }]');
    const message = (reservedFor: string) =>
      schedule(wants, world(`${THREE_NODES}---${claim(reservedFor)}`)).message;
    expect(message('[]')).toContain('deallocation of ResourceClaim completed');
    expect(message('[{ name: other, uid: o }]')).toContain('still not schedulable');
  });
});

describe('volumes', () => {
  const uses = 'volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]';
  const LOCAL = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: local }
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: default }
spec: { storageClassName: local, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;
  const local = (more: string): string => `
apiVersion: v1
kind: PersistentVolume
metadata: { name: disk }
spec: { storageClassName: local, capacity: { storage: 1Gi }, accessModes: [ReadOnlyMany], ${more} }
`;
  const feasible = (...texts: string[]): readonly string[] =>
    schedule(pod(uses), world([node('node-a'), LOCAL, ...texts].join('---'))).feasible;

  test('of a volume that is promised to the claim nobody asks how it can be mounted', () => {
    expect(feasible(local(''))).toEqual([]);
    expect(feasible(local('claimRef: { name: data, namespace: default }'))).toEqual(['node-a']);
  });

  test('the claim of an ephemeral volume must be made for the pod', () => {
    const wants = pod(
      'volumes: [{ name: data, ephemeral: { volumeClaimTemplate: { spec: {} } } }]',
    );
    const named = LOCAL.replace('name: data', 'name: web-data');
    expect(schedule(wants, world(`${node('node-a')}---${named}`)).preFilter?.message).toBe(
      'PVC default/web-data was not created for pod default/web (pod is not owner)',
    );
  });

  test('a zone label with an empty zone in it is not looked at', () => {
    const labelled = (zones: string) => `
apiVersion: v1
kind: PersistentVolume
metadata: { name: disk, labels: { topology.kubernetes.io/zone: "${zones}" } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: default, annotations: { pv.kubernetes.io/bind-completed: "yes" } }
spec: { volumeName: disk, accessModes: [ReadWriteOnce] }
status: { phase: Bound }
`;
    const onOne = (zones: string) =>
      schedule(pod(uses), world(`${node('node-a')}---${labelled(zones)}`)).feasible;
    expect(onOne('two__three')).toEqual([]);
    expect(onOne('two__one')).toEqual(['node-a']);
    expect(onOne('two__')).toEqual(['node-a']);
  });
});
