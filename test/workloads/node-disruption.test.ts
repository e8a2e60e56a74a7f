// Sources: pkg/controller/nodelifecycle/node_lifecycle_controller.go,
// pkg/controller/tainteviction/taint_eviction.go, pkg/controller/podgc/gc_controller.go,
// pkg/controller/volume/attachdetach and staging/src/k8s.io/kubectl/pkg/drain/drain.go.
import { describe, expect, it } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../../server/src/manifest/index.ts';
import {
  longestOutage,
  simulateDisruption,
  type DisruptionEntry,
  type DisruptionStory,
  type NodeEvent,
  type RolloutWorkload,
} from '../../server/src/workloads/index.ts';

const UNREACHABLE = 'node.kubernetes.io/unreachable';
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app' }] } };

/** Pods go to n1, n2, … in turn; each takes 3 seconds to be Ready and 2 to go. */
function play(
  events: readonly NodeEvent[],
  { kind = 'Deployment', replicas = 1, tolerationSeconds = 300, ...more } = {},
  options: Partial<DisruptionStory> = {},
): readonly DisruptionEntry[] {
  const spec = { replicas, selector: { matchLabels: { app: 'web' } }, template, ...more };
  const tolerations = [{ key: UNREACHABLE, operator: 'Exists', tolerationSeconds }];
  const free = ['n1', 'n2', 'n3', 'n4'];
  return simulateDisruption({
    workload: { kind, metadata: { name: 'web' }, spec } as unknown as RolloutWorkload,
    pod: { metadata: { name: 'web' }, spec: { tolerations } } as unknown as Pod,
    budgets: [],
    readyAfter: 3,
    exitAfter: 2,
    place: (_, besides, closed) =>
      free.find((it) => !closed.has(it) && !besides.some((pod) => pod.node === it)),
    events: () => events,
    until: 2000,
    ...options,
  });
}

/** When something is told first, in whole seconds; undefined where it never is. */
function told(entries: readonly DisruptionEntry[], what: string): number | undefined {
  const found = entries.find((it) => `${it.source} ${it.what}`.startsWith(what));
  return found && Math.round(found.t);
}

const LOST: NodeEvent = { do: 'lose', node: 'n1', at: 0 };

describe('a node that is lost', () => {
  it('is tainted after the grace period, and its pods are deleted when they tolerate it no longer', () => {
    const entries = play([LOST]);
    expect(told(entries, 'node taint')).toBe(50);
    expect(told(entries, 'taint-eviction delete')).toBe(350);
    expect(told(entries, 'pod created')).toBe(350);
    expect(told(entries, 'pod gone')).toBe(undefined);
  });

  it('is noticed 5 seconds later where the controller has just looked', () => {
    expect(told(play([{ ...LOST, seenAfter: 5 }]), 'node taint')).toBe(55);
  });

  it('keeps its pods where it is back in time', () => {
    const entries = play([{ ...LOST, end: { at: 200, by: 'back' } }]);
    expect(told(entries, 'taint-eviction delete')).toBe(undefined);
    expect(told(entries, 'pod ready')).toBe(200);
  });

  it('ends the pods it should have ended, once it is back', () => {
    const entries = play([{ ...LOST, end: { at: 400, by: 'back' } }]);
    expect(told(entries, 'pod gone')).toBe(402);
  });

  it.each([
    ['back', 502],
    ['force-delete', 500],
    ['out-of-service', 500],
  ] as const)('has its StatefulSet wait until %s', (by, seconds) => {
    const entries = play([{ ...LOST, end: { at: 500, by } }], { kind: 'StatefulSet' });
    expect(told(entries, 'pod gone')).toBe(seconds);
    expect(told(entries, 'pod created')).toBe(seconds);
  });
});

describe('a disk of a node that is lost', () => {
  const disksOf = () => ['data'];

  it('stays attached as long as the object of the pod is there, for ever', () => {
    const entries = play([LOST], {}, { disksOf });
    expect(told(entries, 'volume multi-attach-error')).toBe(350);
    expect(told(entries, 'volume detached')).toBe(undefined);
    expect(longestOutage(entries, 2000)).toBeCloseTo(2000 - 50, 1);
  });

  it('is detached by force six minutes after the pod was deleted by force', () => {
    const entries = play([{ ...LOST, end: { at: 500, by: 'force-delete' } }], {}, { disksOf });
    expect(told(entries, 'volume detached')).toBe(860);
    expect(told(entries, 'pod ready')).toBe(863);
  });

  it('is detached at once where the node is tainted out-of-service', () => {
    const entries = play([{ ...LOST, end: { at: 500, by: 'out-of-service' } }], {}, { disksOf });
    expect(told(entries, 'volume detached')).toBe(500);
  });

  it('follows the pod that is drained as soon as that is gone', () => {
    const entries = play([{ do: 'drain', node: 'n1', at: 0 }], {}, { disksOf });
    expect(told(entries, 'volume detached')).toBe(2);
    expect(told(entries, 'pod ready')).toBe(5);
  });
});

describe('drains of several nodes', () => {
  const both: NodeEvent[] = ['n1', 'n2'].map((node) => ({ do: 'drain', node, at: 0 }));
  const budget = {
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  } as unknown as PodDisruptionBudget;
  const answers = (entries: readonly DisruptionEntry[]) =>
    entries.filter((it) => it.what === 'eviction').map((it) => `${it.t} ${it.detail.note}`);

  it('take all pods together where no budget ties them', () => {
    const entries = play(both, { replicas: 2 });
    expect(answers(entries)).toEqual(['0 201', '0 201']);
    expect(longestOutage(entries, 2000)).toBeCloseTo(3, 1);
  });

  it('go on one after the other where a budget does, every 5 seconds', () => {
    const entries = play(both, { replicas: 2 }, { budgets: [budget] });
    expect(answers(entries)).toEqual(['0 201', '0 429', '5 201']);
    expect(longestOutage(entries, 2000)).toBe(0);
  });

  it('never end where too many pods are broken', () => {
    const entries = play(
      [{ do: 'break', at: 0, pods: 2 }, ...both],
      { replicas: 2 },
      { budgets: [budget], until: 60 },
    );
    expect(
      new Set(entries.filter((it) => it.what === 'eviction').map((it) => it.detail.note)),
    ).toEqual(new Set(['429']));
  });
});
