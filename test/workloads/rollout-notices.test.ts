// What is said on the way of a rollout: pkg/controller/deployment/progress.go, the scheduler's and the
// ReplicaSet's events, pkg/controller/volume/attachdetach/reconciler/reconciler.go.
import { describe, expect, it } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { Deployment, Pod, StatefulSet } from '../../server/src/manifest/index.ts';
import {
  multiAttachError,
  simulateRollout,
  type PodBehaviour,
  type RolloutSurroundings,
} from '../../server/src/workloads/index.ts';

const rolling = (replicas: number, spec: Partial<Deployment['spec']> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app' }] } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    ...spec,
  },
});

function notices(
  of: Deployment,
  behaviour: PodBehaviour,
  surroundings: RolloutSurroundings = {},
): string[] {
  const rollout = simulateRollout(of, behaviour, { kind: 'template' }, surroundings);
  return rollout.notices.map(
    ({ at, what }) => `${what} ${Math.floor(at.earliest)}-${Math.floor(at.latest - 0.5)}`,
  );
}

describe('the progress deadline', () => {
  it('passes that long after the last progress, to the second, and once', () => {
    const never = { readyAfter: 1, exitAfter: 1, newNeverReady: true };
    expect(notices(rolling(2), never)).toEqual(['ProgressDeadlineExceeded 600-601']);
    expect(notices(rolling(2, { progressDeadlineSeconds: 30 }), never)).toEqual([
      'ProgressDeadlineExceeded 30-31',
    ]);
  });

  it('passes although the pods come, where they take longer', () => {
    const slow = { readyAfter: 40, exitAfter: 1 };
    // Each pod that is Ready is progress, and the next wait begins there.
    expect(notices(rolling(2, { progressDeadlineSeconds: 30 }), slow)).toEqual([
      'ProgressDeadlineExceeded 30-31',
      'ProgressDeadlineExceeded 70-71',
      'NewReplicaSetAvailable 80-80',
    ]);
    expect(notices(rolling(2, { progressDeadlineSeconds: 41 }), slow)).toEqual([
      'NewReplicaSetAvailable 80-80',
    ]);
  });

  it('never passes where it is the greatest number', () => {
    const never = { readyAfter: 1, exitAfter: 1, newNeverReady: true };
    expect(notices(rolling(2, { progressDeadlineSeconds: 2_147_483_647 }), never)).toEqual([]);
  });
});

const IN_USE = { what: 'FailedAttachVolume', message: 'in use' } as const;

describe('a pod', () => {
  const quick = { readyAfter: 1, exitAfter: 1 };
  const firstOf = (surroundings: RolloutSurroundings) =>
    simulateRollout(rolling(1), quick, { kind: 'template' }, surroundings).notices[0];

  it('that finds no node, is refused or waits for a volume is told of at once', () => {
    expect(
      firstOf({
        place: (pod) => (pod.isNew ? undefined : 'a'),
        whyNotPlaced: () => ({ message: 'no room', cites: [] }),
      }),
    ).toMatchObject({ what: 'FailedScheduling', of: 'web-new-0', message: 'no room' });
    expect(firstOf({ refuse: () => 'quota' })).toMatchObject({
      what: 'FailedCreate',
      message: 'Error creating: quota',
    });
    expect(firstOf({ hold: (pod) => (pod.isNew ? IN_USE : undefined) })).toMatchObject({
      what: 'FailedAttachVolume',
      of: 'web-new-0',
      message: 'in use',
    });
  });

  it('starts when the volume is free', () => {
    const hold: RolloutSurroundings['hold'] = (_, besides) =>
      besides.length > 0 ? IN_USE : undefined;
    const going = (maxSurge: number, maxUnavailable: number) =>
      simulateRollout(
        rolling(1, { strategy: { rollingUpdate: { maxSurge, maxUnavailable } } }),
        quick,
        { kind: 'template' },
        { hold },
      ).outcome;
    expect(going(1, 0)).toBe('stuck');
    expect(going(1, 1)).toBe('complete');
    expect(going(0, 1)).toBe('complete');
  });
});

describe('a volume that one node has at a time', () => {
  const claim = (mode: string, storageClassName: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: [mode], storageClassName },
  });
  const pod = (name: string, nodeName?: string) =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        nodeName,
        containers: [{ name: 'app' }],
        volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
      },
    }) as Pod;
  const error = (mode: string, className: string, others: readonly Pod[]) =>
    multiAttachError(pod('second', 'b'), others, {
      snapshot: new ClusterSnapshot([claim(mode, className)]),
      disks: 'assumed',
    });

  it('is waited for on another node only, and only where it is a disk', () => {
    const first = [pod('first', 'a')];
    expect(error('ReadWriteOnce', 'disk', first)).toContain('already used by pod(s) first');
    expect(error('ReadWriteOnce', 'disk', [pod('first', 'b')])).toBeUndefined();
    expect(error('ReadWriteOnce', 'disk', [pod('first')])).toBeUndefined();
    expect(error('ReadWriteMany', 'disk', first)).toBeUndefined();
    expect(error('ReadWriteOnce', 'nfs', first)).toBeUndefined();
  });
});

describe('what is left to chance', () => {
  it('is the same for a seed, and another for another', () => {
    const gone = (seed?: number) =>
      simulateRollout(rolling(6), { readyAfter: 1, exitAfter: 1 }, { kind: 'template' }, { seed })
        .steps.filter((it) => it.what === 'deleting')
        .map((it) => it.pod)
        .join();
    expect(gone(1)).toBe(gone(1));
    expect(new Set([gone(), gone(1), gone(2), gone(3)]).size).toBe(4);
  });
});

describe('a StatefulSet whose broken template is taken back', () => {
  const set = (podManagementPolicy: string) =>
    ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { ...rolling(3).spec, serviceName: 'db', podManagementPolicy },
    }) as StatefulSet;
  const reverted = (policy: string, newNeverReady: boolean) =>
    simulateRollout(
      set(policy),
      { readyAfter: 1, exitAfter: 1, newNeverReady },
      { kind: 'revert', at: 60 },
    );

  it('waits for the broken pod, where it keeps the order', () => {
    const { outcome, steps } = reverted('OrderedReady', true);
    expect(outcome).toBe('stuck');
    expect(steps.map((it) => `${it.what} ${it.pod}`)).toEqual([
      'deleting db-2',
      'gone db-2',
      'created db-2',
    ]);
  });

  it('replaces it in parallel, and where it was not broken', () => {
    expect(reverted('Parallel', true).outcome).toBe('complete');
    expect(reverted('OrderedReady', false)).toMatchObject({ outcome: 'complete', newReady: 0 });
  });
});
