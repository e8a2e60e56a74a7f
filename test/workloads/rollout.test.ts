// The arithmetic of lifecycle.md 2.7, restated; sources: pkg/controller/deployment/rolling.go and
// util/deployment_util.go, pkg/controller/statefulset/stateful_set_control.go, pkg/controller/daemon/update.go.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { DaemonSet, Deployment, Node, StatefulSet } from '../../server/src/manifest/index.ts';
import {
  describeRollout,
  resolveFenceposts,
  simulateRollout,
  surroundingsOf,
  volumeHazards,
  type PodBehaviour,
  type RolloutPod,
  type RolloutSurroundings,
  type RolloutWorld,
} from '../../server/src/workloads/index.ts';
import {
  DeploymentController,
  ReplicaSetController,
} from '../../server/src/workloads/rollout-deployment.ts';
import { deploymentPlan } from '../../server/src/workloads/rollout-plan.ts';
import { RolloutRun } from '../../server/src/workloads/rollout-run.ts';
import { objects } from '../support/objects.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app' }] } };
const selector = { matchLabels: { app: 'web' } };
const quick: PodBehaviour = { readyAfter: 1, exitAfter: 2 };
const NODES = ['n1', 'n2', 'n3', 'n4'];

function deployment(spec: Partial<Deployment['spec']>): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector, template, ...spec },
  };
}
function rolling(replicas: number, maxSurge?: number | string, maxUnavailable?: number | string) {
  const rollingUpdate = { maxSurge, maxUnavailable };
  return deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
}
function statefulSet(spec: Partial<StatefulSet['spec']>): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: { selector, template, serviceName: 'db', ...spec },
  };
}
function daemonSet(rollingUpdate: object, spec: Partial<DaemonSet['spec']> = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: { selector, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate }, ...spec },
  };
}
const update = (
  workload: Deployment | StatefulSet | DaemonSet,
  behaviour = quick,
  surroundings: RolloutSurroundings = {},
) => simulateRollout(workload, behaviour, { kind: 'template' }, { nodes: NODES, ...surroundings });

describe('maxSurge rounds up and maxUnavailable down', () => {
  it.each([
    // Defaults of 25 % each: one replica is replaced by surge alone.
    [undefined, undefined, 1, { maxSurge: 1, maxUnavailable: 0 }],
    [undefined, undefined, 4, { maxSurge: 1, maxUnavailable: 1 }],
    ['25%', '25%', 10, { maxSurge: 3, maxUnavailable: 2 }],
    // Both nothing after rounding: one may be unavailable.
    [0, '10%', 5, { maxSurge: 0, maxUnavailable: 1 }],
    [0, 0, 5, { maxSurge: 0, maxUnavailable: 1 }],
    [1, 9, 5, { maxSurge: 1, maxUnavailable: 5 }],
  ])('%s and %s of %i', (maxSurge, maxUnavailable, replicas, expected) => {
    expect(resolveFenceposts(maxSurge, maxUnavailable, replicas)).toEqual(expected);
  });
});

describe('a Deployment', () => {
  it('keeps every replica Ready where maxUnavailable is 0, one surge pod at a time', () => {
    const rollout = update(rolling(3, 1, 0));
    expect(rollout).toMatchObject({ minReady: 3, maxPods: 4, newReady: 3, outcome: 'complete' });
    // Three rounds of one second each, and the last old pod's end.
    expect(rollout.duration.earliest).toBeGreaterThanOrEqual(3 + 2);
    expect(rollout.duration.latest).toBeLessThan(3 + 2 + 2);
  });

  it('does not count terminating pods against maxSurge', () => {
    const rollout = update(rolling(2, 0, 1), { readyAfter: 1, exitAfter: 60 });
    expect(rollout.maxPods).toBe(2);
    expect(rollout.maxTotal).toBe(4);
  });

  it('waits with Recreate until no old pod is left', () => {
    const rollout = update(deployment({ replicas: 3, strategy: { type: 'Recreate' } }));
    expect(rollout).toMatchObject({ minReady: 0, maxPods: 3, maxTotal: 3 });
    const firstNew = rollout.steps.findIndex((it) => it.isNew);
    expect(rollout.steps.slice(0, firstNew).filter((it) => it.what === 'gone')).toHaveLength(3);
  });

  it('counts a pod as available minReadySeconds after the whole second in which it became Ready', () => {
    const spec = { ...rolling(1, 1, 0).spec, minReadySeconds: 10 };
    const rollout = update(deployment(spec));
    expect(rollout.duration.earliest).toBeGreaterThan(1 + 9 + 2 - 0.01);
    expect(rollout.duration.latest).toBeLessThan(1 + 10 + 2 + 1);
  });

  it('stops where new pods never become Ready, with as many old ones as maxUnavailable leaves', () => {
    const rollout = update(rolling(4, 1, 1), { ...quick, newNeverReady: true });
    expect(rollout).toMatchObject({ minReady: 3, newReady: 0, outcome: 'stuck' });
    expect(rollout.conditions).toEqual([
      'Available=True MinimumReplicasAvailable',
      'Progressing=False ProgressDeadlineExceeded',
    ]);
  });

  it('gives up old pods that are not available first, and waits for none of them', () => {
    // The third old pod finds no node, and a new one would not either.
    const free = (besides: readonly RolloutPod[]) =>
      ['n1', 'n2'].find((node) => !besides.some((it) => it.node === node));
    const surroundings = {
      place: (_: RolloutPod, besides: readonly RolloutPod[]) => free(besides),
    };
    const { steps, minReady } = update(rolling(3, 0, 1), quick, surroundings);
    expect(steps.slice(0, 2).map((it) => [it.what, it.isNew, it.ready])).toEqual([
      ['gone', false, 2],
      ['created', true, 2],
    ]);
    expect(minReady).toBe(2);
  });

  it('says nothing of progress where the deadline is the greatest number', () => {
    const { spec } = rolling(2, 1, 0);
    const conditions = (progressDeadlineSeconds: number) =>
      update(deployment({ ...spec, progressDeadlineSeconds })).conditions;
    expect(conditions(2_147_483_647)).toEqual(['Available=True MinimumReplicasAvailable']);
    expect(conditions(600)).toContain('Progressing=True NewReplicaSetAvailable');
  });

  it('replaces nothing while it is paused', () => {
    const rollout = update(deployment({ replicas: 2, paused: true }));
    expect(rollout.outcome).toBe('nothing-to-do');
    expect(rollout.because[0]?.message).toContain('paused');
  });
});

describe('deadlocks', () => {
  /** One pod a node, as with a host port; terminating pods count until they are gone. */
  const onePerNode = (_: RolloutPod, besides: readonly RolloutPod[]) =>
    NODES.find((node) => !besides.some((it) => it.bound && it.node === node));

  it('a host port on every node and maxUnavailable 0 wait for each other for ever', () => {
    const rollout = update(rolling(4, 1, 0), quick, { place: onePerNode });
    expect(rollout.outcome).toBe('stuck');
    expect(rollout.because[0]?.message).toContain('with maxUnavailable 0 none of those may go');
  });

  it('with one allowed to be unavailable the same rollout ends', () => {
    expect(update(rolling(4, 0, 1), quick, { place: onePerNode }).outcome).toBe('complete');
  });

  it('a quota that leaves no room for the surge stops it', () => {
    const refuse = (_: RolloutPod, besides: readonly RolloutPod[]) =>
      besides.length >= 4
        ? 'exceeded quota: pods, requested: pods=1, used: pods=4, limited: pods=4'
        : undefined;
    const stuck = update(rolling(4, 1, 0), quick, { refuse });
    expect(stuck).toMatchObject({ outcome: 'stuck', maxTotal: 4 });
    expect(stuck.because[0]?.message).toContain('exceeded quota');
    expect(stuck.conditions).toContain('ReplicaFailure=True FailedCreate');
    expect(update(rolling(4, 0, 1), quick, { refuse }).outcome).toBe('complete');
  });
});

describe('a rollout in a declared world', () => {
  const nodes = NODES.map((name): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } }));
  const because = { message: 'no free ports', cites: [] };
  /** The scheduler in small: pinned nodes, and one pod with a host port on each. */
  const world: RolloutWorld = {
    nodes,
    others: [],
    schedule: (pod, bound) => {
      const required =
        pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      const pinned = required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values ?? NODES;
      const node = pinned.find((it) => !bound.some((other) => other.spec.nodeName === it));
      return node === undefined ? { because } : { nodes: [node] };
    },
  };

  it('tells in the words of the scheduler why new pods find no node', () => {
    const of = rolling(4, 1, 0);
    const stuck = update(of, quick, surroundingsOf(of, world));
    expect(stuck.because[0]?.message).toContain('1 new pod finds no node (no free ports)');
  });

  it('a DaemonSet that surges with a host port waits for itself', () => {
    const surging = daemonSet({ maxSurge: 1, maxUnavailable: 0 });
    expect(update(surging, quick, surroundingsOf(surging, world)).outcome).toBe('stuck');
    const replacing = daemonSet({ maxUnavailable: 2 });
    const rollout = update(replacing, quick, surroundingsOf(replacing, world));
    expect(rollout).toMatchObject({ outcome: 'complete', newReady: 4, minReady: 2 });
  });

  it('gives pods of the old template another hash, so that spread constraints can tell them apart', () => {
    const hashes = new Set<string | undefined>();
    const of = rolling(1, 1, 0);
    const schedule: RolloutWorld['schedule'] = (pod, bound) => {
      for (const it of [pod, ...bound]) hashes.add(it.metadata.labels?.['pod-template-hash']);
      return { nodes: ['n1'] };
    };
    update(of, quick, surroundingsOf(of, { ...world, schedule }));
    expect(hashes.size).toBe(2);
  });
});

describe('a volume for one node', () => {
  const hazards = (accessMode: string, of: Deployment) => {
    const snapshot = new ClusterSnapshot(
      objects(`
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [${accessMode}] }`),
    );
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const spec = { ...of.spec, template: { spec: { containers: [], volumes } } };
    return volumeHazards(deployment(spec), snapshot).map((it) => it.message);
  };

  it('is waited for by the new pod while the old one waits for that', () => {
    expect(hazards('ReadWriteOnce', rolling(1))).toEqual([
      'data is for the pods of one node at a time: a new pod on another node waits for the old one,' +
        ' and with maxUnavailable 0 the old one waits for it: use Recreate',
    ]);
    expect(hazards('ReadWriteOncePod', rolling(1, 0, 1))).toEqual([
      'data is for one pod at a time: a new pod waits for the old one to be gone',
    ]);
  });

  it('is no matter with Recreate, or where many may use it', () => {
    expect(hazards('ReadWriteOnce', deployment({ strategy: { type: 'Recreate' } }))).toEqual([]);
    expect(hazards('ReadWriteMany', rolling(3))).toEqual([]);
    expect(hazards('ReadWriteOnce', rolling(3))).toHaveLength(1);
  });
});

describe('a StatefulSet', () => {
  const deleted = (workload: StatefulSet, behaviour = quick) =>
    update(workload, behaviour)
      .steps.filter((it) => it.what === 'deleting')
      .map((it) => it.pod);

  it('is updated from the highest ordinal, one at a time, Parallel or not', () => {
    for (const podManagementPolicy of ['OrderedReady', 'Parallel'] as const) {
      const set = statefulSet({ replicas: 3, podManagementPolicy });
      expect(deleted(set)).toEqual(['db-2', 'db-1', 'db-0']);
      expect(update(set).minReady).toBe(2);
    }
  });

  it('keeps the old template below the partition', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } as const;
    const rollout = update(statefulSet({ replicas: 4, updateStrategy }));
    expect(rollout.newReady).toBe(2);
    expect(rollout.because[0]?.message).toBe('Ordinals below 2 keep the old template');
  });

  it('is blocked by a pod that never becomes Ready', () => {
    const rollout = update(statefulSet({ replicas: 3 }), { ...quick, newNeverReady: true });
    expect(rollout).toMatchObject({ outcome: 'stuck', after: { total: 3, pods: 3, ready: 2 } });
  });

  it('ignores maxUnavailable, whose gate is off', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 3 } } as const;
    const rollout = update(statefulSet({ replicas: 3, updateStrategy }));
    expect(rollout.minReady).toBe(2);
    expect(rollout.because[0]?.message).toContain('maxUnavailable is ignored');
  });

  it('creates an ordinal only when those below are available, unless it is Parallel', () => {
    const scale = { kind: 'scale', replicas: 4 } as const;
    const ordered = simulateRollout(statefulSet({ replicas: 1 }), quick, scale);
    expect(ordered.steps.map((it) => `${it.what} ${it.pod}`)).toEqual(
      [1, 2, 3].flatMap((i) => [`created db-${i}`, `ready db-${i}`]),
    );
    const parallel = statefulSet({ replicas: 1, podManagementPolicy: 'Parallel' });
    expect(simulateRollout(parallel, quick, scale).duration.latest).toBeLessThan(2);
  });
});

describe('a DaemonSet', () => {
  it('deletes first by default, and the replacement waits until the old pod is gone', () => {
    const rollout = update(daemonSet({}));
    expect(rollout).toMatchObject({ minReady: 3, maxPods: 4, maxTotal: 4, newReady: 4 });
  });

  it('rounds a percentage of maxUnavailable up', () => {
    expect(update(daemonSet({ maxUnavailable: '30%' })).minReady).toBe(2);
  });

  it('creates the new pod first with maxSurge', () => {
    const rollout = update(daemonSet({ maxSurge: 1, maxUnavailable: 0 }));
    expect(rollout).toMatchObject({ minReady: 4, maxPods: 5, newReady: 4 });
  });

  it('replaces nothing with OnDelete', () => {
    const set = daemonSet({}, { updateStrategy: { type: 'OnDelete' } });
    expect(update(set).outcome).toBe('nothing-to-do');
  });
});

describe('over all strategies', () => {
  const amount = (most: number) =>
    fc.oneof(
      fc.integer({ min: 0, max: most }),
      fc.integer({ min: 0, max: 100 }).map((it) => `${it}%`),
    );
  const behaviour = fc.record({
    readyAfter: fc.constantFrom(0.2, 1, 4),
    exitAfter: fc.constantFrom(0.1, 2, 7),
    newNeverReady: fc.boolean(),
  });
  const surges = fc.record({
    replicas: fc.integer({ min: 0, max: 12 }),
    maxSurge: amount(5),
    maxUnavailable: amount(5),
    minReadySeconds: fc.constantFrom(0, 3),
  });

  it('a Deployment never has fewer Ready pods than its capacity line, nor more pods', () => {
    fc.assert(
      fc.property(
        surges,
        behaviour,
        ({ replicas, maxSurge, maxUnavailable, minReadySeconds }, acts) => {
          const { spec } = rolling(replicas, maxSurge, maxUnavailable);
          const rollout = update(deployment({ ...spec, minReadySeconds }), acts);
          expect(rollout.minReady).toBeGreaterThanOrEqual(rollout.capacity.minAvailable);
          expect(rollout.maxPods).toBeLessThanOrEqual(rollout.capacity.maxPods);
          const { maxSurge: surge, maxUnavailable: less } = resolveFenceposts(
            maxSurge,
            maxUnavailable,
            replicas,
          );
          expect(rollout.capacity).toEqual({
            minAvailable: replicas - less,
            maxPods: replicas + surge,
          });
          if (!acts.newNeverReady) expect(rollout.newReady).toBe(replicas);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('how fast the control plane is changes when things happen, not what', () => {
    const strategies = fc.record({
      replicas: fc.integer({ min: 1, max: 8 }),
      maxSurge: fc.integer({ min: 0, max: 3 }),
      maxUnavailable: fc.integer({ min: 0, max: 3 }),
    });
    const counts = (of: Deployment, acts: PodBehaviour, latencySeconds: number) => {
      const replicas = of.spec.replicas ?? 1;
      const run = new RolloutRun(
        { readyAfter: Number(acts.readyAfter), exitAfter: Number(acts.exitAfter) },
        {},
        { latencySeconds, phase: 0 },
      );
      for (let i = 0; i < replicas; i++) run.addExisting({ name: `${i}`, isNew: false });
      const old = new ReplicaSetController('old', false, 0, replicas);
      const controller = new DeploymentController('web', deploymentPlan(of, replicas), old);
      old.onStatus = () => run.wake(controller, latencySeconds);
      run.add(old);
      run.add(controller);
      run.wake(controller, latencySeconds);
      run.finish();
      const ready = Math.min(replicas, ...run.steps.map((it) => it.ready));
      return [ready, Math.max(...run.steps.map((it) => it.pods)), run.counts];
    };
    fc.assert(
      fc.property(strategies, behaviour, ({ replicas, maxSurge, maxUnavailable }, acts) => {
        const of = rolling(replicas, maxSurge, maxUnavailable);
        const slow = counts(of, acts, 0.06);
        expect(counts(of, acts, 0.002)).toEqual(slow);
        expect(counts(of, acts, 0.01)).toEqual(slow);
      }),
      { numRuns: 150 },
    );
  });

  it('windows hold every pace: the next pod of a kind is never bounded to come earlier', () => {
    const window = fc.record({
      earliest: fc.constantFrom(0.2, 3),
      latest: fc.constantFrom(3, 60),
    });
    const bounds = fc.record({ readyAfter: window, exitAfter: window });
    fc.assert(
      fc.property(surges, bounds, ({ replicas, maxSurge, maxUnavailable }, acts) => {
        const { steps } = update(rolling(replicas, maxSurge, maxUnavailable), acts);
        const before = new Map<string, { earliest: number; latest: number }>();
        for (const { what, isNew, at } of steps) {
          const last = before.get(`${what} ${isNew}`) ?? { earliest: 0, latest: 0 };
          expect(at.earliest).toBeGreaterThanOrEqual(last.earliest);
          expect(at.latest).toBeGreaterThanOrEqual(last.latest);
          before.set(`${what} ${isNew}`, at);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a DaemonSet neither, and every window of a step is in order', () => {
    fc.assert(
      fc.property(amount(4), fc.boolean(), behaviour, (count, surge, acts) => {
        const set = daemonSet(
          surge ? { maxSurge: count, maxUnavailable: 0 } : { maxUnavailable: count },
        );
        const rollout = update(set, acts);
        expect(rollout.minReady).toBeGreaterThanOrEqual(rollout.capacity.minAvailable);
        expect(rollout.maxPods).toBeLessThanOrEqual(rollout.capacity.maxPods);
        for (const { at } of rollout.steps) expect(at.earliest).toBeLessThanOrEqual(at.latest);
      }),
      { numRuns: 80 },
    );
  });

  it('the same change gives the same rollout', () => {
    expect(update(rolling(5, '30%', '30%'))).toEqual(update(rolling(5, '30%', '30%')));
  });

  it('a workload of any size is played through in bounded time', () => {
    const rollout = update(rolling(100_000, '25%', '25%'));
    expect(rollout.minReady).toBeGreaterThanOrEqual(rollout.capacity.minAvailable);
    expect(rollout.because.map((it) => it.message)).toEqual([
      'Of 100000 replicas the first 500 are played through',
    ]);
  });
});

describe('times that are only bounded', () => {
  it('give a rollout bounds of their own', () => {
    const readyAfter = { earliest: 1, latest: 10 };
    const { duration } = update(rolling(2, 1, 0), { readyAfter, exitAfter: 0.2 });
    expect(duration.earliest).toBeLessThan(2.5);
    expect(duration.latest).toBeGreaterThan(20);
    expect(duration.latest).toBeLessThan(22);
  });

  it('leave its end open where nothing bounds them', () => {
    const readyAfter = { earliest: 1, latest: Infinity };
    const { duration } = update(rolling(2, 1, 0), { readyAfter, exitAfter: 0.2 });
    expect(duration.latest).toBe(Infinity);
  });
});

it.each([
  [
    rolling(2, 1, 0),
    false,
    /^done in 4\.01s to 5\.\d+s: never fewer than 2 Ready, never more than 3 pods/,
  ],
  [rolling(2, 1, 0), true, /^stuck with 2 Ready, 0 of them new: 1 pods? never becomes? Ready/],
  [deployment({ paused: true }), false, /^The Deployment is paused/],
])('a rollout in one sentence', (workload, newNeverReady, sentence) => {
  expect(describeRollout(update(workload, { ...quick, newNeverReady }))).toMatch(sentence);
});
