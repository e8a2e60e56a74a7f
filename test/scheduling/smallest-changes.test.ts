import { describe, expect, test } from 'vitest';
import { applyChanges, schedule, smallestChanges } from '../../server/src/scheduling/index.ts';
import { bound, node, pod, THREE_NODES, world } from './world.ts';

const request = (cpu: string) =>
  `containers: [{ name: app, resources: { requests: { cpu: "${cpu}" } } }]`;

describe('the smallest changes', () => {
  test('are none for a pod that fits', () => {
    expect(smallestChanges(pod(), world(THREE_NODES))).toEqual([]);
  });

  test.each([
    [
      'a toleration of the taint that keeps the pod off',
      node('node-a', { spec: '{ taints: [{ key: spot, effect: NoSchedule }] }' }),
      '',
      'add a toleration of spot:NoSchedule, and the pod fits on node-a',
    ],
    [
      'the cpu request lowered to what the roomiest node has left',
      [node('node-a', { cpu: '2' }), node('node-b', { cpu: '3' }), bound('db', 'node-b')].join(
        '---',
      ),
      request('2500m'),
      'lower the cpu request of app to 2, and the pod fits on 2 nodes',
    ],
    [
      'a key of nodeSelector that no node has dropped',
      THREE_NODES,
      'nodeSelector: { disk: ssd, topology.kubernetes.io/zone: two }',
      'remove disk from nodeSelector, and the pod fits on node-c',
    ],
    [
      'the required affinity that rules every node out',
      THREE_NODES,
      `affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {
         nodeSelectorTerms: [{ matchFields: [{ key: metadata.name, operator: In, values: [x] }] }] } } }`,
      'remove the required node affinity, and the pod fits on 3 nodes',
    ],
    [
      'two changes where one does not do',
      node('node-a', { cpu: '1', spec: '{ taints: [{ key: spot, effect: NoSchedule }] }' }),
      request('2'),
      'add a toleration of spot:NoSchedule and lower the cpu request of app to 1, and the pod fits on node-a',
    ],
    [
      'the scheduling gates',
      THREE_NODES,
      'schedulingGates: [{ name: a }]',
      'remove the scheduling gates, and the pod fits on 3 nodes',
    ],
    [
      'pods of lower priority that would have to go',
      [node('node-a', { pods: '1' }), bound('db', 'node-a')].join('---'),
      '{ priority: 7, preemptionPolicy: Never }',
      'node-a would fit without 1 pod of lower priority (db)',
    ],
    [
      'a required anti-affinity term',
      [node('node-a'), bound('db', 'node-a', 'priority: 9')].join('---'),
      `affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [
         { topologyKey: kubernetes.io/hostname, labelSelector: {} }] } }`,
      'remove the required podAntiAffinity term of kubernetes.io/hostname, and the pod fits on node-a',
    ],
  ])('name %s', (_, text, spec, message) => {
    const snapshot = world(text);
    const proposals = smallestChanges(pod(spec), snapshot);
    expect(proposals[0]?.message).toBe(message);
  });

  test('hold when they are made', () => {
    const snapshot = world(
      [
        node('node-a', { cpu: '1', spec: '{ taints: [{ key: spot, effect: NoSchedule }] }' }),
        node('node-b', { spec: '{ unschedulable: true }' }),
        node('node-c', { cpu: '2', labels: 'disk: hdd' }),
        bound('db', 'node-c'),
      ].join('---'),
    );
    const web = pod(`nodeSelector: { disk: ssd }\n${request('1500m')}`);
    const proposals = smallestChanges(web, snapshot);
    expect(proposals.length).toBeGreaterThan(1);
    for (const { changes, removes, nodeName } of proposals) {
      let without = snapshot;
      for (const it of removes) without = without.withoutPod(it);
      expect(schedule(applyChanges(web, changes), without).nodeName).toBe(nodeName);
    }
  });
});
