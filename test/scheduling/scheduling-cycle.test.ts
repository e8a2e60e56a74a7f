import { describe, expect, test } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import { schedule, SchedulingSnapshot, whyChosen } from '../../server/src/scheduling/index.ts';
import { bound, node, objects, pod, THREE_NODES, world } from './world.ts';

const BIG = 'containers: [{ name: app, resources: { requests: { cpu: "3500m" } } }]';

describe('a scheduling cycle', () => {
  test('a pod with scheduling gates is not tried', () => {
    const result = schedule(pod('schedulingGates: [{ name: a }, { name: b }]'), world(THREE_NODES));
    expect(result.gated?.message).toBe('waiting for scheduling gates: [a b]');
    expect(result.perNode).toEqual([]);
    expect(result.message).toBeUndefined();
  });

  test('the emptiest node wins, and the scores say why', () => {
    const result = schedule(pod(), world(`${THREE_NODES}---${bound('db', 'node-a')}`));
    expect(result.nodeName).toBe('node-b');
    const scores = (name: string) => result.verdict(name)?.scores?.['NodeResourcesFit'] ?? 0;
    expect(scores('node-b')).toBeGreaterThan(scores('node-a'));
  });

  test('why a node won is told against the next best', () => {
    const snapshot = world(
      [node('node-a', { cpu: '8' }), node('node-b'), bound('db', 'node-b')].join('---'),
    );
    const why = whyChosen(schedule(pod(), snapshot));
    expect(why).toMatchObject({ nodeName: 'node-a', over: 'node-b' });
    const sum = (why?.differences ?? []).reduce((total, it) => total + it.points, 0);
    expect(why?.message).toContain(`${sum} more than node-b: NodeResourcesFit +`);
    expect(whyChosen(schedule(pod(), world(node('node-a'))))?.message).toBe(
      'the only node that fits',
    );
    expect(whyChosen(schedule(pod(), world(THREE_NODES)))?.message).toMatch(
      /points; 2 other nodes have as many, and chance decides$/,
    );
    expect(whyChosen(schedule(pod(), world('')))).toBeUndefined();
  });

  test('of equal nodes the first by name is named, and all that it might be', () => {
    const result = schedule(pod(), world(THREE_NODES));
    expect(result.nodeName).toBe('node-a');
    expect(result.tied).toEqual(['node-a', 'node-b', 'node-c']);
  });

  test('the sentence counts reasons, sorted as text, and ends with what preemption found', () => {
    const result = schedule(
      pod(BIG),
      world(
        [
          node('node-a', { spec: '{ taints: [{ key: a, effect: NoSchedule }] }' }),
          node('node-b', { cpu: '2' }),
          node('node-c', { cpu: '4' }),
          bound('db', 'node-c'),
        ].join('---'),
      ),
    );
    expect(result.message).toBe(
      '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. ' +
        'no new claims to deallocate, preemption: 0/3 nodes are available: ' +
        '1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    );
  });

  test('a missing claim ends the cycle before any node is asked', () => {
    const wants = pod('volumes: [{ name: d, persistentVolumeClaim: { claimName: d } }]');
    const result = schedule(wants, world(THREE_NODES));
    expect(result.preFilter?.plugin).toBe('VolumeRestrictions');
    expect(result.message).toBe(
      '0/3 nodes are available: persistentvolumeclaim "d" not found. not found',
    );
  });

  test('with no node at all there is nothing to count', () => {
    expect(schedule(pod(), world('')).message).toBe('no nodes available to schedule pods');
  });

  test('a Node that does not say how large it is has a common size and the usual labels, and that is said', () => {
    const bare = 'kind: Node\nmetadata: { name: node-a }';
    expect(schedule(pod(BIG), world(bare)).feasible).toEqual(['node-a']);
    const spread = `topologySpreadConstraints: [{ maxSkew: 1, topologyKey: kubernetes.io/hostname,
      whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }]`;
    expect(schedule(pod(spread), world(bare)).feasible).toEqual(['node-a']);
    const huge = pod(BIG.replace('3500m', '64'));
    expect(schedule(huge, world(bare)).verdict('node-a')?.because?.message).toBe(
      'The pod requests 64 of cpu; node-a has 4 in all. ' +
        '(The manifest of node-a does not say how large it is.)',
    );
  });

  test('finished pods take no room', () => {
    const done = bound('job', 'node-a').replace('Running', 'Succeeded');
    expect(schedule(pod(BIG), world(`${node('node-a')}---${done}`)).feasible).toEqual(['node-a']);
  });

  test('a node promised to a pod of the same priority has no room for another', () => {
    const promised = `
apiVersion: v1
kind: Pod
metadata: { name: first, namespace: default }
spec: { ${BIG} }
status: { nominatedNodeName: node-a }
`;
    const snapshot = world(`${node('node-a')}---${promised}`);
    expect(schedule(pod(BIG), snapshot).feasible).toEqual([]);
    expect(schedule(pod(`${BIG}\npriority: 1`), snapshot).feasible).toEqual(['node-a']);
  });

  test('a node that was promised a pod is taken before any other is looked at', () => {
    const snapshot = world(`${THREE_NODES}---${bound('a', 'node-c')}`);
    const promised = { ...pod(), status: { nominatedNodeName: 'node-c' } };
    expect(schedule(pod(), snapshot).nodeName).toBe('node-a');
    expect(schedule(promised, snapshot).tied).toEqual(['node-c']);
    expect(schedule({ ...promised, spec: pod(BIG).spec }, snapshot).nodeName).toBe('node-a');
  });
});

describe('preemption', () => {
  const full = [
    node('node-a', { cpu: '2' }),
    bound('low', 'node-a', 'priority: 1'),
    bound('lower', 'node-a', 'priority: 0'),
  ].join('---');

  test('the least important pod goes, and no more than must', () => {
    const result = schedule(
      pod('{ priority: 10, containers: [{ name: app, resources: { requests: { cpu: "1" } } }] }'),
      world(full),
    );
    expect(result.nominatedNodeName).toBe('node-a');
    expect(result.victims.map((it) => it.metadata.name)).toEqual(['lower']);
    expect(result.message).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  });

  test('a pod that may not preempt says so', () => {
    const result = schedule(
      pod(
        '{ priority: 10, preemptionPolicy: Never, containers: [{ name: app, resources: { requests: { cpu: "1" } } }] }',
      ),
      world(full),
    );
    expect(result.nominatedNodeName).toBeUndefined();
    expect(result.message).toMatch(/preemption: not eligible due to preemptionPolicy=Never\.$/);
  });

  test('a pod that a budget protects is spared while another can go', () => {
    const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: db, namespace: default }
spec: { selector: { matchLabels: { app: lower } }, minAvailable: 1 }
status: { disruptionsAllowed: 0 }
`;
    const result = schedule(
      pod('{ priority: 10, containers: [{ name: app, resources: { requests: { cpu: "1" } } }] }'),
      world(`${full}---${budget}`),
    );
    expect(result.victims.map((it) => it.metadata.name)).toEqual(['low']);
    expect(result.pdbViolations).toBe(0);
  });

  test('the node where less important pods go is nominated', () => {
    const result = schedule(
      pod('{ priority: 10, containers: [{ name: app, resources: { requests: { cpu: "4" } } }] }'),
      world(
        [
          THREE_NODES,
          bound('a', 'node-a', 'priority: 5'),
          bound('b', 'node-b', 'priority: 2'),
          bound('c', 'node-c', 'priority: 9'),
        ].join('---'),
      ),
    );
    expect(result.nominatedNodeName).toBe('node-b');
  });
});

describe('a snapshot', () => {
  const text = `${THREE_NODES}---${bound('a', 'node-a')}---${bound('b', 'node-b')}`;

  test('that follows a keystroke in a pod shares every node the pod is not on', () => {
    const all = objects(text);
    const before = SchedulingSnapshot.of(new ClusterSnapshot(all));
    const typed = all.slice();
    const at = all.findIndex((it) => it.metadata.name === 'a');
    typed[at] = { ...all[at], metadata: { name: 'a', labels: { app: 'x' } } };
    const after = SchedulingSnapshot.of(new ClusterSnapshot(typed), before);
    expect(after.table).toBe(before.table);
    expect(after.node('node-b')).toBe(before.node('node-b'));
    expect(after.node('node-a')).not.toBe(before.node('node-a'));
    expect(after.node('node-a')?.pods.map((it) => it.labels)).toEqual([{ app: 'x' }]);
  });

  test('that follows a keystroke in a node shares all others, and knows the new label', () => {
    const all = objects(text);
    const before = SchedulingSnapshot.of(new ClusterSnapshot(all));
    const typed = objects(node('node-a', { zone: 'two', spec: '{ unschedulable: true }' }));
    const after = SchedulingSnapshot.of(new ClusterSnapshot([...typed, ...all.slice(1)]), before);
    expect(after.node('node-b')).toBe(before.node('node-b'));
    expect(after.node('node-a')?.pods).toEqual(before.node('node-a')?.pods);
    expect(schedule(pod(), after).verdict('node-a')?.plugin).toBe('NodeUnschedulable');
    expect(
      schedule(pod('nodeSelector: { topology.kubernetes.io/zone: two }'), after).feasible,
    ).toEqual(['node-c']);
    expect(schedule(pod(), before).feasible).toContain('node-a');
  });

  test('is what it was once a pod was put in and taken out', () => {
    const before = world(text);
    const web = pod();
    const after = before.withPod(web, 'node-c').withoutPod(web, 'node-c');
    expect(after.node('node-c')?.pods).toEqual([]);
    expect(after.node('node-a')).toBe(before.node('node-a'));
    expect(schedule(pod('', 'other'), after).perNode).toEqual(
      schedule(pod('', 'other'), before).perNode,
    );
  });
});
