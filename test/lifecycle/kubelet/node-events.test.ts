// Sources: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go, pkg/kubelet/eviction/eviction_manager.go,
// pkg/kubelet/lifecycle/predicate.go and pkg/kubelet/kubelet_pods.go (GetActivePods).
import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../server/src/manifest/index.ts';
import type { NodeAction } from '../../../server/src/lifecycle/kubelet/index.ts';
import { container, deleted, exec, Life, type Rest } from './tiny-pod.ts';

const READY = { when: 'ready', plus: 2 } as const;
const STUBBORN = { app: { onTerm: 'ignore' }, other: { onTerm: 'ignore' } };

function other(spec: object, name = 'other'): Pod {
  return {
    metadata: { name },
    spec: { containers: [container({ name, image: 'app:1' })], ...spec },
  } as unknown as Pod;
}

function ended(action: NodeAction, spec: object, rest: Rest = {}): Life {
  return new Life(
    { ...spec },
    { nodeActions: [action], apps: STUBBORN, end: { at: 500 }, ...rest },
  );
}

describe('a node that shuts down', () => {
  const groups = [
    { priority: 2_000_000_000, seconds: 10 },
    { priority: 0, seconds: 20 },
  ];
  const shutdown: NodeAction = { do: 'shutdown', ...READY, groups };

  it('ends ordinary pods in their time and critical ones after them', () => {
    const critical = other({ priority: 2_000_000_500 });
    const extraPods = [{ name: 'other', after: 0, pod: critical }];
    const life = ended(shutdown, { terminationGracePeriodSeconds: 60 }, { extraPods });
    const begun = life.at('node shutdown');
    expect(life.at('app exit app') - begun).toBeCloseTo(20, 1);
    expect(life.at('app signal other', { signal: 'SIGTERM' }) - begun).toBeCloseTo(20, 1);
    expect(life.at('node released') - begun).toBeCloseTo(30, 1);
  });

  it('leaves a pod no more than its own grace period, and waits no longer than it has to', () => {
    const life = ended(shutdown, { terminationGracePeriodSeconds: 5 });
    const begun = life.at('node shutdown');
    expect(life.at('app exit app') - begun).toBeCloseTo(5, 1);
    expect(life.at('node released') - begun).toBeLessThan(8);
  });

  it('takes no new pods', () => {
    const extraPods = [{ name: 'other', after: 5, pod: other({}) }];
    const life = ended(shutdown, { terminationGracePeriodSeconds: 60 }, { extraPods });
    expect(life.has('status reason', { reason: 'NodeShutdown' })).toBe(true);
  });
});

describe('a node that runs short of memory', () => {
  it('evicts at the next look where the threshold is hard', () => {
    const life = ended({ do: 'pressure', ...READY }, { terminationGracePeriodSeconds: 60 });
    expect(life.at('node evict')).toBeCloseTo(10, 1);
    expect(life.at('app exit') - life.at('node evict')).toBeCloseTo(2, 1);
  });

  it('waits for the time of a soft one, and leaves the pod what the node allows', () => {
    const soft = { gracePeriodSeconds: 30, maxPodGracePeriodSeconds: 15 };
    const life = ended({ do: 'pressure', ...READY, soft }, { terminationGracePeriodSeconds: 60 });
    expect(life.at('node evict')).toBeCloseTo(40, 1);
    expect(life.at('app exit') - life.at('node evict')).toBeCloseTo(15, 1);
  });

  it('lets critical pods be and takes the least important first', () => {
    const extraPods = [
      { name: 'low', after: 0, pod: other({ priority: -1 }, 'low') },
      { name: 'critical', after: 0, pod: other({ priority: 2_000_000_000 }, 'critical') },
    ];
    const life = ended({ do: 'pressure', ...READY }, {}, { extraPods });
    expect(life.order('node evict')).toEqual(['low', 'pod']);
  });
});

it('nothing is told of a machine that is off', () => {
  const off: NodeAction = { do: 'power-off', when: 'api:delete', plus: 3 };
  const life = ended(off, {}, { actions: [deleted()] });
  expect(life.entries.at(-1)?.what).toBe('power-off');
  expect(life.has('app exit')).toBe(false);
});

describe('a pod that comes to a node of 4 CPU', () => {
  const node = {
    metadata: { name: 'n' },
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } },
  } as unknown as Node;
  const big = { resources: { requests: { cpu: '3' } } };
  const slow = { containers: [container({ ...big, lifecycle: { preStop: exec('slow', '10') } })] };
  const live = (spec: object, after: object, grace?: number, next: object = big) =>
    new Life(spec as never, {
      node,
      actions: [deleted(2, grace)],
      extraPods: [
        {
          name: 'next',
          after,
          pod: other({ containers: [container({ name: 'next', ...next })] }, 'next'),
        },
      ],
      end: { at: 60 },
    });

  it('is rejected while one that is on its way out holds its room', () => {
    const [reason] = live(slow, { when: 'status:deletion' }).all('status reason');
    expect(reason?.detail).toEqual({
      reason: 'OutOfcpu',
      message:
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 3000, capacity: 4000",
    });
  });

  it('is taken once that is gone', () => {
    expect(live(slow, { when: 'gone' }).has('cri StartContainer next')).toBe(true);
  });

  it('is taken beside one that still runs after a forced deletion: nobody counts it', () => {
    const life = live(slow, { when: 'gone' }, 0);
    expect(life.at('cri StartContainer next')).toBeLessThan(life.at('app exit app'));
  });

  it('is rejected for a host port that is taken', () => {
    const ports = { ports: [{ containerPort: 443, hostPort: 443 }] };
    const first = {
      containers: [container({ ...ports, lifecycle: { preStop: exec('slow', '10') } })],
    };
    const life = live(first, { when: 'status:deletion' }, undefined, ports);
    expect(life.has('status reason', { reason: 'NodePorts' })).toBe(true);
  });
});
