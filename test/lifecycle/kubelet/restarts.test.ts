import { describe, expect, it, test } from 'vitest';
import {
  boundPod,
  podStatusHistory,
  timings,
} from '../../../server/src/lifecycle/kubelet/index.ts';
import { boundsOf, container, deleted, exec, Life, scenario, sidecar } from './tiny-pod.ts';

const rule = (action: string, operator: string) => ({
  restartPolicy: 'Never',
  restartPolicyRules: [{ action, exitCodes: { operator, values: [42] } }],
});

describe('restarts', () => {
  const crashing = { apps: { app: { runFor: 0.2, exitCode: 1 } } };

  it('come the first time at the next relist, then ten seconds and more after the exit', () => {
    const end = { when: 'cri:StartContainer:app#3', plus: 0 };
    const all = scenario({}, { ...crashing, end });
    expect(boundsOf(all, 'cri StartContainer app', { attempt: 1 })?.latest).toBeLessThan(1.5);
    const third = boundsOf(all, 'cri StartContainer app', { attempt: 2 });
    expect(third?.earliest).toBeGreaterThan(10);
    expect(third?.latest).toBeGreaterThan(15);
    expect(third?.latest).toBeLessThan(18.5);
  });

  it('leave the state terminated while the back-off runs', () => {
    const life = new Life({}, { ...crashing, end: { for: 9 } });
    expect(life.all('status state').at(-1)?.detail).toHaveProperty('terminated');
    expect(life.has('event BackOff')).toBe(true);
  });

  it('show CrashLoopBackOff sooner where a probe makes a step', () => {
    const livenessProbe = { ...exec('ok'), periodSeconds: 1 };
    const life = new Life(
      { containers: [container({ livenessProbe })] },
      { apps: { app: { runFor: 2, exitCode: 1 } }, end: { for: 9 } },
    );
    expect(life.all('status state').at(-1)?.detail).toHaveProperty('waiting');
  });

  test.each([
    ['Restart in spite of Never', rule('Restart', 'In'), 42, true],
    ['no rule for this code', rule('Restart', 'In'), 7, false],
    ['NotIn, and this code is not', rule('Restart', 'NotIn'), 7, true],
    ['the container’s own OnFailure', { restartPolicy: 'OnFailure' }, 1, true],
  ])('of a pod Never follow the container: %s', (_, fields, exitCode, restarts) => {
    const life = new Life(
      { restartPolicy: 'Never', containers: [container(fields)] },
      { apps: { app: { runFor: [1, null], exitCode } }, end: { for: 4 } },
    );
    expect(life.has('cri StartContainer', { attempt: 1 })).toBe(restarts);
  });

  it('of all containers begin anew from the init container, at attempt 0', () => {
    const life = new Life(
      {
        initContainers: [container({ name: 'i' })],
        containers: [
          container(rule('RestartAllContainers', 'In')),
          container({ name: 'b', lifecycle: { preStop: exec('sleep', '1') } }),
        ],
      },
      { apps: { i: { runFor: 0.5 }, app: { runFor: [2, null], exitCode: 42 } }, end: { for: 8 } },
    );
    expect(life.has('cri StopContainer b', { timeout: 2 })).toBe(true);
    expect(life.has('cri ExecSync')).toBe(false);
    expect(life.all('cri StartContainer i', { attempt: 0 })).toHaveLength(2);
    expect(life.all('status restartCount b').at(-1)?.detail).toBe(1);
    expect(life.all('status phase').map((it) => it.detail)).toEqual([
      'Pending',
      'Running',
      'Pending',
      'Running',
    ]);
    expect(life.all('cri RunPodSandbox')).toHaveLength(1);
  });

  it('of all containers make the pod Pending until the sidecar has started again', () => {
    const startupProbe = { ...exec('after', '1'), periodSeconds: 1 };
    const life = new Life(
      {
        initContainers: [sidecar('s', { startupProbe })],
        containers: [container(rule('RestartAllContainers', 'In'))],
      },
      { apps: { app: { runFor: [1, null], exitCode: 42 } }, end: { for: 9 } },
    );
    const phases = life.all('status phase').map((it) => it.detail);
    expect(phases.slice(-2)).toEqual(['Pending', 'Running']);
  });

  it('of all containers come also where the pod restarts nothing', () => {
    const life = new Life(
      {
        restartPolicy: 'Never',
        initContainers: [container({ name: 'i' })],
        containers: [container(rule('RestartAllContainers', 'In'))],
      },
      { apps: { i: { runFor: 0.5 }, app: { runFor: 2, exitCode: [42, 0] } }, end: { for: 12 } },
    );
    expect(life.has('status phase', 'Failed')).toBe(false);
    expect(life.has('status phase', 'Succeeded')).toBe(true);
  });

  it('of a new image come without the back-off of the old one', () => {
    const containers = [{ name: 'app', image: 'app:2' }];
    const life = new Life(
      {},
      {
        apps: { app: { runFor: [0.2, 0.2, null], exitCode: 1 } },
        actions: [{ do: 'patch', at: 5, patch: { spec: { containers } } }],
        end: { for: 9 },
      },
    );
    expect(life.at('cri StartContainer app', { attempt: 2 })).toBeLessThan(5.1);
  });

  it('never come for a sidecar that dies while the pod ends', () => {
    const life = new Life(
      { initContainers: [sidecar('s')] },
      { apps: { s: { runFor: 3 }, app: { onTerm: 'exit:4' } }, actions: [deleted()] },
    );
    expect(life.all('cri StartContainer s')).toHaveLength(1);
    expect(life.at('cri StopContainer s')).toBeGreaterThan(life.at('app exit app') - 0.01);
  });

  it('follow a failed pull after ten seconds and more', () => {
    const images = { 'bad:1': { pull: 0.3, fail: 'no', failTimes: 1 } };
    const all = scenario(
      { containers: [container({ image: 'bad:1' })] },
      { behaviour: { images }, end: { when: 'ready', plus: 1 } },
    );
    const pulls = boundPod(all).events.filter((it) => it.what === 'PullImage');
    expect(pulls[1]?.earliest).toBeGreaterThan(10.3);
    expect(pulls[1]?.latest).toBeLessThan(17.5);
  });
});

describe('a pod that ends by itself', () => {
  const ending = { restartPolicy: 'Never' };

  it('is not Ready one relist before it is Succeeded', () => {
    const life = new Life(ending, { apps: { app: { runFor: 1 } }, end: { for: 5 } });
    const notReady = life.at('status condition', { type: 'Ready', reason: 'PodCompleted' });
    const succeeded = life.at('status phase', 'Succeeded');
    expect(succeeded - notReady).toBeGreaterThan(0.9);
    expect(succeeded - notReady).toBeLessThan(1.2);
  });

  it('keeps its endpoint, as not ready', () => {
    const life = new Life(ending, { apps: { app: { runFor: 1 } }, end: { for: 5 }, service: true });
    expect(life.all('endpoints endpoint').at(-1)?.detail).toMatchObject({ ready: false });
    expect(life.has('endpoints endpoint-removed')).toBe(false);
  });

  it('by its deadline may go almost a second early: the start time is cut to the second', () => {
    const all = scenario({ activeDeadlineSeconds: 3 }, { end: { for: 9 } });
    const event = boundsOf(all, 'event DeadlineExceeded');
    expect(event?.earliest).toBeLessThan(2.6);
    expect(event?.earliest).toBeGreaterThan(2);
    expect(event?.latest).toBeLessThan(4.1);
  });
});

describe('a pod that the kubelet evicts', () => {
  it('stays Ready, and an endpoint, until its containers have stopped', () => {
    const life = new Life(
      {},
      {
        apps: { app: { onTerm: 'exit:1' } },
        service: true,
        actions: [{ do: 'kubelet-evict', at: 3, gracePeriodSeconds: 1 }],
      },
    );
    expect(life.has('cri StopContainer', { timeout: 2 })).toBe(true);
    const exit = life.at('app exit');
    expect(life.at('status condition', { type: 'Ready', reason: 'PodFailed' })).toBeGreaterThan(
      exit,
    );
    expect(life.all('endpoints endpoint')).toHaveLength(1);
    expect(life.at('endpoints endpoint-removed')).toBeGreaterThan(exit);
    expect(life.has('status reason', { reason: 'Evicted' })).toBe(true);
  });
});

describe('the bounds', () => {
  const served = scenario({}, { service: true, actions: [deleted()] });

  it('hold every life of other timings', () => {
    const bounds = boundPod(served, { lives: 60 }).events;
    for (const timing of timings(90).slice(60)) {
      for (const entry of new Life({}, { service: true, actions: [deleted()] }, timing).entries) {
        const near = bounds.some(
          (it) =>
            it.what === entry.what &&
            it.container === entry.container &&
            entry.t >= it.earliest - 0.1 &&
            entry.t <= it.latest + 0.1,
        );
        expect(near, `${entry.what} at ${entry.t}`).toBe(true);
      }
    }
  });

  it('hold all behaviours between which nothing is known', () => {
    const behaviours = [1, 4].map((seconds) => ({
      containers: { app: { onTerm: `exit:${seconds}` } },
    }));
    const exit = boundPod(served, { behaviours, lives: 12 }).events.find(
      (it) => it.what === 'exit',
    );
    expect((exit?.latest ?? 0) - (exit?.earliest ?? 0)).toBeGreaterThan(2.9);
  });

  it('are the same at every call', () => {
    expect(boundPod(served)).toEqual(boundPod(served));
  });

  it('become a history that ends with the object gone', () => {
    const { spans } = podStatusHistory(served);
    expect(spans[0]).toMatchObject({ ready: false, hasIP: false });
    expect(spans.some((it) => it.ready && it.terminating)).toBe(true);
    expect(spans.at(-1)).toMatchObject({ gone: true, terminal: true });
    for (const it of spans) expect(it.latest).toBeGreaterThanOrEqual(it.earliest);
  });
});
