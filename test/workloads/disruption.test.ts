// The arithmetic of lifecycle.md 2.6, restated; sources: pkg/controller/disruption/disruption.go
// (getExpectedPodCount, updatePdbStatus) and pkg/registry/core/pod/storage/eviction.go.
import { describe, expect, it } from 'vitest';
import type {
  Deployment,
  KubernetesObject,
  Pod,
  PodDisruptionBudget,
} from '../../server/src/manifest/index.ts';
import {
  budgetInWorld,
  budgetStatus,
  describeDrain,
  evict,
  planDrain,
  type DrainedPod,
} from '../../server/src/workloads/index.ts';

function budget(spec: Partial<PodDisruptionBudget['spec']>, name = 'web'): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  };
}
const status = (
  spec: Partial<PodDisruptionBudget['spec']>,
  healthy: number,
  scale: number | { error: string },
  pods = healthy,
) => {
  const { desiredHealthy, disruptionsAllowed } = budgetStatus(budget(spec), {
    pods,
    healthy,
    scale,
  });
  return [desiredHealthy, disruptionsAllowed];
};

describe('disruptionsAllowed', () => {
  it.each([
    // Percentages of both fields round up.
    [{ minAvailable: '50%' }, 3, 3, [2, 1]],
    [{ maxUnavailable: '30%' }, 3, 3, [2, 1]],
    [{ maxUnavailable: '1%' }, 10, 10, [9, 1]],
    [{ maxUnavailable: 0 }, 5, 5, [5, 0]],
    [{ maxUnavailable: '100%' }, 2, 2, [0, 2]],
    [{ minAvailable: 1 }, 1, 1, [1, 0]],
    // Never below nothing.
    [{ minAvailable: 4 }, 2, 4, [4, 0]],
  ])('%j with %i healthy of %i', (spec, healthy, scale, expected) => {
    expect(status(spec, healthy, scale)).toEqual(expected);
  });

  it('is 0 where no pod is expected', () => {
    expect(status({ maxUnavailable: 1 }, 2, 0)).toEqual([0, 0]);
    expect(status({ minAvailable: 0 }, 0, 0)).toEqual([0, 0]);
  });

  it('of a whole minAvailable needs no controller, of anything else it does', () => {
    const unknown = { error: 'daemonsets.apps does not implement the scale subresource' };
    expect(status({ minAvailable: 1 }, 3, unknown)).toEqual([1, 2]);
    expect(status({ minAvailable: '10%' }, 3, unknown)).toEqual([0, 0]);
    expect(status({ maxUnavailable: 1 }, 3, unknown)).toEqual([0, 0]);
  });
});

describe('an eviction', () => {
  const running = { phase: 'Running', terminating: false, ready: true };
  const budgeted = (
    spec: Partial<PodDisruptionBudget['spec']>,
    healthy: number,
    scale: number,
    name?: string,
  ) => {
    const it = budget(spec, name);
    return { budget: it, status: budgetStatus(it, { pods: healthy, healthy, scale }) };
  };

  it('is refused with 429 and the numbers of the budget', () => {
    expect(evict(running, [budgeted({ minAvailable: 2 }, 2, 2)])).toMatchObject({
      code: 429,
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      cause: 'The disruption budget web needs 2 healthy pods and has 2 currently',
    });
  });

  it('is an error where two budgets select the pod', () => {
    const both = [
      budgeted({ maxUnavailable: 1 }, 2, 2),
      budgeted({ maxUnavailable: 1 }, 2, 2, 'other'),
    ];
    expect(evict(running, both).code).toBe(500);
  });

  it.each([
    [{ phase: 'Pending', terminating: false, ready: false }],
    [{ phase: 'Failed', terminating: false, ready: false }],
    [{ phase: 'Running', terminating: true, ready: true }],
  ])('of %j asks no budget', (pod) => {
    expect(evict(pod, [budgeted({ maxUnavailable: 0 }, 2, 2)])).toMatchObject({
      code: 201,
      spends: false,
    });
  });

  it('of a pod that is not Ready needs a healthy budget, or the policy AlwaysAllow', () => {
    const sick = { ...running, ready: false };
    expect(evict(sick, [budgeted({ minAvailable: 2 }, 2, 3)]).code).toBe(201);
    expect(evict(sick, [budgeted({ minAvailable: 2 }, 1, 3)]).code).toBe(429);
    // desiredHealthy 0 is no healthy budget either, but it has disruptions to give.
    expect(evict(sick, [budgeted({ maxUnavailable: '100%' }, 0, 3)]).code).toBe(429);
    const always = { minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' as const };
    expect(evict(sick, [budgeted(always, 1, 3)]).code).toBe(201);
  });
});

describe('a drain', () => {
  const owner: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: {}, template: {} },
  };
  const reference = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'web',
    uid: '1',
    controller: true,
  };
  function drained(
    name: string,
    nodeName: string,
    more: Partial<Pod> = {},
    by: KubernetesObject = owner,
  ): DrainedPod {
    const metadata = {
      name,
      labels: { app: 'web' },
      ownerReferences: [reference],
      ...more.metadata,
    };
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...more,
      metadata,
      spec: { containers: [], nodeName, ...more.spec },
    };
    return { pod, owner: by };
  }
  const three = [drained('a', 'n1'), drained('b', 'n1'), drained('c', 'n2')];

  it('goes on pod by pod where the budget gives one disruption at a time', () => {
    const plan = planDrain('n1', three, [budget({ maxUnavailable: 1 })]);
    expect(plan.outcome).toBe('complete');
    expect(
      plan.rounds.map((round) => round.map((it) => [it.pod.metadata.name, it.verdict.code])),
    ).toEqual([
      [
        ['a', 201],
        ['b', 429],
      ],
      [['b', 201]],
    ]);
  });

  it('finds the numbers of a budget among declared pods, which are taken to be Ready', () => {
    expect(budgetInWorld(budget({ maxUnavailable: 1 }), three)).toMatchObject({
      selected: 3,
      expectedPods: 3,
      currentHealthy: 3,
      disruptionsAllowed: 1,
    });
    const selector = { matchLabels: { app: 'other' } };
    expect(budgetInWorld(budget({ maxUnavailable: 1, selector }), three).selected).toBe(0);
    // An empty selector selects every pod of the namespace, a missing one none.
    expect(budgetInWorld(budget({ maxUnavailable: 1, selector: {} }), three).selected).toBe(3);
    const none = { ...budget({ maxUnavailable: 1 }), spec: { maxUnavailable: 1 } };
    expect(budgetInWorld(none, three).selected).toBe(0);
  });

  it('is blocked by a budget that allows nothing at full health', () => {
    const plan = planDrain('n1', three, [budget({ minAvailable: 3 })]);
    expect(plan.outcome).toBe('blocked');
    expect(describeDrain(plan)).toBe(
      'the drain of n1 never ends: a cannot be evicted' +
        ' (The disruption budget web needs 3 healthy pods and has 3 currently)',
    );
    expect(plan.blocked.map((it) => it.pod.metadata.name)).toEqual(['a', 'b']);
  });

  it('is blocked where replacements find no node, after what the budget gave', () => {
    const plan = planDrain('n1', three, [budget({ maxUnavailable: 1 })], { canPlace: () => false });
    expect(plan).toMatchObject({
      outcome: 'blocked',
      homeless: [{ pod: { metadata: { name: 'a' } } }],
    });
  });

  it('leaves DaemonSet and static pods, and does not begin with data or pods it would lose', () => {
    const daemon = drained('d', 'n1', {
      metadata: { name: 'd', ownerReferences: [{ ...reference, kind: 'DaemonSet' }] },
    });
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    const fixed = drained('s', 'n1', { metadata: { name: 's', annotations } });
    expect(planDrain('n1', [daemon, fixed], [])).toMatchObject({
      outcome: 'complete',
      skipped: [{}, {}],
      rounds: [],
    });
    const data = drained('v', 'n1', {
      spec: { containers: [], nodeName: 'n1', volumes: [{ name: 'tmp', emptyDir: {} }] },
    });
    const bare = drained('p', 'n1', { metadata: { name: 'p', ownerReferences: [] } });
    const plan = planDrain('n1', [data, bare], []);
    expect(plan.refused.map((it) => it.because.message)).toEqual([
      'v has data in the emptyDir tmp: kubectl wants --delete-emptydir-data',
      'p has no controller and would not come back: kubectl wants --force',
    ]);
    const forced = planDrain('n1', [data, bare], [], { force: true, deleteEmptyDirData: true });
    expect(forced.outcome).toBe('complete');
  });
});
