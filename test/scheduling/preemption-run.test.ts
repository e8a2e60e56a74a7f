// Sources: pkg/scheduler/framework/preemption/preemption.go and
// pkg/scheduler/backend/queue/scheduling_queue.go.
import { describe, expect, it } from 'vitest';
import { simulatePreemption } from '../../server/src/scheduling/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import { bound, node, objects, pod } from './world.ts';

const NODES = objects([node('node-a', { pods: '1' }), node('node-b', { pods: '1' })].join('---\n'));

/** A pod of priority 0 on each node; victims take 30 seconds to go. */
function play(arrivals: readonly (readonly [string, number])[], budget = '') {
  const there = objects([bound('a', 'node-a'), bound('b', 'node-b')].join('---\n'));
  return simulatePreemption({
    objects: [...NODES, ...(budget ? objects(budget) : [])],
    pods: there as unknown as readonly Pod[],
    arrivals: arrivals.map(([spec, at], i) => ({ at, pod: pod(spec, `new-${i}`) })),
    exitAfter: () => 30,
  }).map((it) => `${it.t.toFixed(2)} ${it.what} ${it.pod.metadata.name} ${it.node}`.trim());
}

describe('a more important pod where no room is left', () => {
  it('sends a pod away and waits until that is gone', () => {
    expect(play([['priority: 10', 0]])).toEqual([
      '0.00 arrives new-0',
      '0.01 nominated new-0 node-a',
      '0.01 preempted a node-a',
      '30.01 gone a node-a',
      '30.02 bound new-0 node-a',
    ]);
  });

  it('leaves the room it waits for to one more important', () => {
    const told = play([
      ['priority: 10', 0],
      ['priority: 20', 29],
    ]);
    expect(told).toContain('30.02 bound new-1 node-a');
    expect(told).not.toContain('30.02 bound new-0 node-a');
  });

  it('takes a pod that no budget protects, and one that is protected where there is no other', () => {
    const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: a, namespace: default }
spec: { minAvailable: 1, selector: { matchLabels: { app: a } } }
`;
    const told = play(
      [
        ['priority: 10', 0],
        ['priority: 10', 1],
      ],
      budget,
    );
    expect(told.filter((it) => it.includes('preempted'))).toEqual([
      '0.01 preempted b node-b',
      '1.01 preempted a node-a',
    ]);
  });

  it('waits for ever where it may not preempt', () => {
    expect(play([['{ priority: 10, preemptionPolicy: Never }', 0]])).toEqual([
      '0.00 arrives new-0',
      '0.01 unschedulable new-0',
    ]);
  });
});
