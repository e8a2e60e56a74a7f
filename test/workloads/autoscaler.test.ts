// The facts of upstream's tables: replica_calculator_test.go and horizontal_test.go
// (TestScalingWithRules), and what a whole autoscaler does with them over time.
import { describe, expect, it } from 'vitest';
import type { HorizontalPodAutoscaler } from '../../server/src/manifest/index.ts';
import {
  ScalingMemory,
  simulateAutoscaling,
  type AutoscalingStory,
} from '../../server/src/workloads/index.ts';
import {
  wantedReplicas,
  type MeasuredPod,
} from '../../server/src/workloads/autoscaler-arithmetic.ts';

const NOW = 1000;
type Kind = 'ready' | 'unready' | 'hot' | 'pending' | 'ignored';
/** A pod that uses so much of its request of 1000; undefined where nothing is measured. */
const pod = (use?: number, kind: Kind = 'ready', request = 1000): MeasuredPod => ({
  ignored: kind === 'ignored',
  pending: kind === 'pending',
  ready: kind !== 'unready',
  // A hot one became Ready within the window of its metric.
  readyChangedAt: kind === 'hot' || kind === 'unready' ? NOW - 10 : 0,
  startedAt: kind === 'hot' || kind === 'unready' ? NOW - 20 : 0,
  request,
  ...(use === undefined ? {} : { metric: { value: use, at: NOW - 5, windowSeconds: 60 } }),
});

describe('the replicas a metric asks for', () => {
  it.each([
    ['scales up', 3, 30, [pod(300), pod(500), pod(700)], 5],
    ['less with one that is not ready', 3, 30, [pod(300, 'unready'), pod(500), pod(700)], 4],
    ['less with one that just became ready', 3, 30, [pod(300, 'hot'), pod(500), pod(700)], 4],
    [
      'not where most are not ready',
      3,
      30,
      [pod(400), pod(500, 'unready'), pod(700, 'unready')],
      3,
    ],
    [
      'ignores terminating pods',
      2,
      30,
      [pod(500), pod(700), pod(undefined, 'ignored'), pod(undefined, 'ignored')],
      4,
    ],
    ['scales down', 5, 50, [pod(100), pod(300), pod(500), pod(250), pod(250)], 3],
    [
      'leaves the unready out on the way down',
      5,
      50,
      [pod(100), pod(300), pod(500), pod(250, 'unready'), pod(250, 'unready')],
      2,
    ],
    [
      'tolerates a tenth',
      3,
      100,
      [pod(1010, 'ready', 900), pod(1030), pod(1020, 'ready', 1100)],
      3,
    ],
    [
      'counts unmeasured ones as full on the way down',
      4,
      100,
      [pod(400), pod(95), pod(), pod()],
      3,
    ],
    ['and as idle on the way up', 2, 100, [pod(1900), pod()], 2],
    ['so that the direction never turns', 2, 100, [pod(600), pod()], 2],
    ['unready and unmeasured together', 3, 50, [pod(100, 'unready'), pod(450), pod()], 3],
    ['unready and unmeasured, up', 3, 50, [pod(100, 'unready'), pod(2000), pod()], 4],
    ['unready and unmeasured, down', 4, 50, [pod(100, 'unready'), pod(100), pod(100), pod()], 3],
    ['the surge of a rollout', 2, 50, [pod(100), pod(100), pod()], 2],
    ['nothing measured', 2, 50, [pod(), pod()], undefined],
  ] as const)('%s', (_, current, targetPercent, pods, wanted) => {
    expect(wantedReplicas({ now: NOW, current, targetPercent, isCpu: true, pods })).toBe(wanted);
  });
});

type Behavior = HorizontalPodAutoscaler['spec']['behavior'];
type Policies = NonNullable<NonNullable<Behavior>['scaleUp']>['policies'];
const autoscaler = (
  minReplicas: number,
  maxReplicas: number,
  behavior?: Behavior,
): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: {
    minReplicas,
    maxReplicas,
    behavior,
    scaleTargetRef: { kind: 'Deployment', name: 'web' },
  },
});
const pods = (value: number) => ({ type: 'Pods', value, periodSeconds: 60 });
const percent = (value: number) => ({ type: 'Percent', value, periodSeconds: 60 });
const up = (...policies: NonNullable<Policies>): Behavior => ({ scaleUp: { policies } });

describe('bounds and policies', () => {
  it.each([
    [5, 7, autoscaler(3, 8), 7],
    [3, 1, autoscaler(2, 8), 2],
    [20, 1000, autoscaler(1, 10), 10],
    // Without a behavior: twice as many, and four at least.
    [10, 50, autoscaler(1, 1000), 20],
    [1, 50, autoscaler(1, 1000), 4],
    [3, 1000, autoscaler(1, 2000, up(percent(1))), 4],
    [10, 500, autoscaler(1, 1000, up(pods(100), percent(100))), 110],
    [10, 500, autoscaler(1, 1000, up(pods(2), percent(100))), 20],
    [10, 50, autoscaler(1, 1000, up(pods(30))), 40],
    [1000, 3, autoscaler(3, 2000, { scaleDown: { policies: [pods(20)] } }), 980],
    [10, 50, autoscaler(1, 1000, { scaleUp: { selectPolicy: 'Disabled' } }), 10],
    [
      10,
      50,
      autoscaler(1, 1000, { scaleUp: { selectPolicy: 'Min', policies: [pods(2), percent(100)] } }),
      12,
    ],
  ])('from %i for a wish of %i', (current, wish, { spec }, replicas) => {
    expect(new ScalingMemory(spec).decide(NOW, current, wish)).toBe(replicas);
  });

  it('count what was done in the period', () => {
    const memory = new ScalingMemory(autoscaler(1, 1000, up(pods(5))).spec);
    memory.scaled(0, 10, 13);
    expect(memory.decide(30, 13, 50)).toBe(15);
    expect(memory.decide(61, 13, 50)).toBe(18);
  });

  it('a window keeps to the least wish on the way up, and to the greatest on the way down', () => {
    const window = { stabilizationWindowSeconds: 60 };
    const memory = new ScalingMemory(
      autoscaler(1, 99, { scaleUp: window, scaleDown: window }).spec,
    );
    expect(memory.decide(0, 10, 10)).toBe(10);
    expect(memory.decide(15, 10, 15)).toBe(10);
    expect(memory.decide(30, 10, 5)).toBe(10);
    expect(memory.decide(91, 10, 5)).toBe(5);
  });
});

describe('over time', () => {
  const story: AutoscalingStory = {
    replicas: 10,
    arePodsOld: true,
    load: () => 0,
    readyAfter: 20,
    exitAfter: 30,
    request: 100,
    until: 600,
  };
  const moves = (of: HorizontalPodAutoscaler, changed: Partial<AutoscalingStory>) =>
    simulateAutoscaling(of, { ...story, ...changed }).rescales.map(
      ({ t, from, to }) => `${t}: ${from} to ${to}`,
    );

  it('doubles every 15 seconds where the load asks for it', () => {
    const load = () => 80 * 30;
    expect(moves(autoscaler(1, 30), { replicas: 1, load, readyAfter: 1 })).toEqual([
      '0: 1 to 4',
      '15: 4 to 8',
      '30: 8 to 16',
      '45: 16 to 30',
    ]);
  });

  it('goes down when no wish of five minutes was higher', () => {
    const load = (t: number) => (t < 60 ? 800 : 0);
    expect(moves(autoscaler(2, 30), { load })).toEqual(['375: 10 to 2']);
  });

  it('has pods back in steps that an apply took away', () => {
    const load = () => 800;
    expect(moves(autoscaler(2, 10), { load, applies: [{ at: 61, replicas: 3 }] })).toEqual([
      '61: 10 to 3',
      '75: 3 to 6',
      '90: 6 to 10',
    ]);
  });

  it('takes the CPU of a boot for load where pods are Ready before it is over', () => {
    const boot = { use: 500, seconds: 60 };
    const made = { arePodsOld: false, replicas: 2, boot, until: 120 };
    expect(moves(autoscaler(2, 20), { ...made, readyAfter: 1 })[0]).toBe('30: 2 to 4');
    expect(moves(autoscaler(2, 20), { ...made, readyAfter: 62 })).toEqual([]);
  });
});
