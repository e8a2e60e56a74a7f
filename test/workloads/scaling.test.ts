import { describe, expect, it } from 'vitest';
import type { HorizontalPodAutoscaler, Pod } from '../../server/src/manifest/index.ts';
import {
  autoscalerBounds,
  compareForScaleDown,
  scaleDownOrder,
  type ScaledPod,
} from '../../server/src/workloads/index.ts';

// lifecycle.md 2.7; source: pkg/controller/controller_utils.go, ActivePodsWithRanks.Less.
describe('when a ReplicaSet shrinks, first goes', () => {
  const usual: ScaledPod = {
    assigned: true,
    phase: 'Running',
    ready: true,
    deletionCost: 0,
    podsOnNode: 1,
    readySince: 100,
    restarts: 0,
    createdAt: 100,
  };
  it.each<[string, Partial<ScaledPod>, Partial<ScaledPod>]>([
    ['one without a node', { assigned: false }, { phase: 'Pending', ready: false }],
    ['a pending one', { phase: 'Pending' }, { phase: 'Unknown' }],
    ['one that is not Ready', { ready: false }, { deletionCost: -5 }],
    ['the cheaper', { deletionCost: -5 }, { podsOnNode: 3 }],
    ['one of a crowded node', { podsOnNode: 3 }, { readySince: 500 }],
    ['the one Ready for a shorter time', { readySince: 500 }, { restarts: 9 }],
    ['the one that restarted more', { restarts: 2 }, { createdAt: 500 }],
    ['the younger', { createdAt: 500 }, {}],
  ])('%s', (_, first, second) => {
    expect(compareForScaleDown({ ...usual, ...first }, { ...usual, ...second })).toBeLessThan(0);
    expect(compareForScaleDown({ ...usual, ...second }, { ...usual, ...first })).toBeGreaterThan(0);
  });

  it('declared pods are ordered by what their status and annotations say', () => {
    const pod = (name: string, nodeName: string, cost?: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
      },
      spec: { nodeName, containers: [] },
    });
    const pods = [
      pod('a', 'n1'),
      pod('b', 'n2'),
      pod('c', 'n2'),
      pod('d', 'n3', '-1'),
      pod('e', ''),
    ];
    expect(scaleDownOrder(pods).map((it) => it.metadata.name)).toEqual(['e', 'd', 'b', 'c', 'a']);
  });
});

describe('an autoscaler', () => {
  const autoscaler: HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { maxReplicas: 30, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
  };

  it('fights with replicas that are written in the manifest', () => {
    const target = { kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } };
    const { minReplicas, because } = autoscalerBounds(autoscaler, target);
    expect(minReplicas).toBe(1);
    expect(because[1]?.message).toContain('Every apply sets replicas back to 3');
    expect(autoscalerBounds(autoscaler, undefined).because[1]?.message).toContain(
      'There is no Deployment web',
    );
  });
});
