import { describe, expect, it, test } from 'vitest';
import { container, deleted, exec, Life, sidecar } from './tiny-pod.ts';

describe('the grace period of a deleted pod', () => {
  test.each([
    ['nothing runs before it', {}, 30, 5, 5],
    ['the delete names a shorter one', {}, 3, 30, 3],
    ['the delete names a longer one', {}, 8, 2, 8],
    ['it is below two seconds', {}, 1, 30, 2],
    ['a preStop of two seconds uses part of it', exec('sleep', '2'), 5, 30, 3],
    ['the fraction of a preStop is given back', exec('sleep', '2.7'), 5, 30, 3],
    ['preStop leaves less than two seconds', exec('sleep', '4'), 5, 30, 2],
    ['preStop overruns it', exec('sleep', '10'), 3, 30, 2],
    ['preStop fails at once', exec('fail'), 5, 30, 5],
  ])('StopContainer gets what is left, where %s', (_, preStop, grace, own, timeout) => {
    const lifecycle = 'exec' in preStop ? { preStop } : undefined;
    const life = new Life(
      { terminationGracePeriodSeconds: own, containers: [container({ lifecycle })] },
      {
        apps: { app: { onTerm: 'ignore' } },
        actions: [grace === 30 ? deleted() : deleted(2, grace)],
      },
    );
    expect(life.at('cri StopContainer app', { timeout })).toBeGreaterThan(2);
    const signal = life.at('app signal', { signal: 'SIGTERM' });
    expect(life.at('app exit', { cause: 'kill' }) - signal).toBeCloseTo(timeout, 2);
  });

  it('cannot be shortened once the stop runs, not even by force', () => {
    const life = new Life(
      {},
      {
        apps: { app: { onTerm: 'ignore' } },
        actions: [deleted(2, 8), { do: 'force-delete', when: 'api:delete', plus: 2 }],
      },
    );
    const stop = life.at('cri StopContainer');
    expect(life.at('status deleted')).toBeLessThan(stop + 2.1);
    expect(life.at('app exit', { exitCode: 137 }) - stop).toBeCloseTo(8, 2);
  });

  it('of zero lets the object go before the process has even two seconds', () => {
    const life = new Life({}, { apps: { app: { onTerm: 'ignore' } }, actions: [deleted(2, 0)] });
    expect(life.at('status deleted')).toBeLessThan(life.at('app exit') - 1.9);
    expect(life.has('status phase', 'Failed')).toBe(false);
  });

  it('does not come from the probe that would kill the container', () => {
    const livenessProbe = { ...exec('ok'), terminationGracePeriodSeconds: 2 };
    const life = new Life({ containers: [container({ livenessProbe })] }, { actions: [deleted()] });
    expect(life.has('cri StopContainer', { timeout: 30 })).toBe(true);
  });
});

describe('the end of a pod', () => {
  it('stops all main containers at once and the sandbox right after the last', () => {
    const life = new Life(
      { containers: [container({ name: 'a' }), container({ name: 'b' })] },
      { apps: { a: { onTerm: 'exit:1' }, b: { onTerm: 'exit:3' } }, actions: [deleted()] },
    );
    expect(life.at('cri StopContainer a')).toBeCloseTo(life.at('cri StopContainer b'), 3);
    expect(life.at('cri StopPodSandbox') - life.at('app exit b')).toBeLessThan(0.01);
  });

  it('leaves the object until the next relist', () => {
    const life = new Life({}, { actions: [deleted(2.2)] }, { relistPhase: 0.5, relistGap: 1 });
    expect(life.at('status phase', 'Succeeded')).toBeLessThan(2.4);
    expect(life.at('status deleted')).toBeGreaterThan(2.5);
    expect(life.at('status deleted')).toBeLessThan(2.7);
  });

  it('is Succeeded if all main containers exit with 0, whatever the sidecars say', () => {
    const life = new Life(
      { initContainers: [sidecar('s')] },
      { apps: { s: { onTerm: 'exit:0:143' } }, actions: [deleted()] },
    );
    expect(life.has('status phase', 'Succeeded')).toBe(true);
  });

  it('is Failed where the main containers never started', () => {
    const life = new Life(
      { initContainers: [container({ name: 'i' })] },
      { apps: { i: { runFor: 20 } }, actions: [{ do: 'delete', at: 2 }] },
    );
    expect(life.has('cri CreateContainer app')).toBe(false);
    expect(life.has('status phase', 'Failed')).toBe(true);
  });

  it('waits for the postStart that runs: nothing cancels it', () => {
    const lifecycle = { postStart: exec('sleep', '4') };
    const life = new Life(
      { containers: [container({ lifecycle })] },
      { actions: [{ do: 'delete', at: 1 }] },
    );
    expect(life.at('cri StopContainer')).toBeGreaterThan(4);
  });

  it('still creates and starts what the running step was about to', () => {
    const life = new Life(
      { containers: [container({ image: 'slow:1' })] },
      { behaviour: { images: { 'slow:1': { pull: 4 } } }, actions: [{ do: 'delete', at: 1 }] },
    );
    expect(life.at('cri StartContainer')).toBeGreaterThan(4);
    expect(life.at('cri StopContainer') - life.at('cri StartContainer')).toBeLessThan(0.1);
  });

  it('keeps the object with grace 0 while a finalizer holds it', () => {
    const patch = { metadata: { finalizers: null } };
    const life = new Life(
      {},
      {
        finalizers: ['example.com/hold'],
        actions: [deleted(), { do: 'patch', when: 'api:delete', plus: 4, patch }],
      },
    );
    const patched = life.at('api patch');
    expect(life.at('status deletion', { gracePeriodSeconds: 0 })).toBeLessThan(patched);
    expect(life.at('status deleted')).toBeGreaterThan(patched);
  });

  it('comes at once for a completed pod, whatever the grace', () => {
    const life = new Life(
      { restartPolicy: 'Never' },
      {
        apps: { app: { runFor: 1 } },
        actions: [{ do: 'delete', when: 'status:phase::Succeeded', plus: 2 }],
      },
    );
    expect(life.at('status deleted') - life.at('api delete')).toBeLessThan(0.05);
  });
});

describe('a delete while a step runs', () => {
  it('ends the wait for volumes: no sandbox is made', () => {
    const life = new Life(
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { actions: [{ do: 'delete', at: 0.1 }] },
    );
    expect(life.has('cri RunPodSandbox')).toBe(false);
    expect(life.has('status deleted')).toBe(true);
  });

  it('makes a sandbox that fails no failure', () => {
    const sandbox = { delay: 2, fail: 'no ip' };
    const at = (seconds: number) =>
      new Life({}, { behaviour: { sandbox }, actions: [{ do: 'delete', at: seconds }] });
    expect(at(1).has('event FailedCreatePodSandBox')).toBe(false);
    expect(at(3).has('event FailedCreatePodSandBox')).toBe(true);
  });

  it('leaves a container whose postStart fails the grace of the spec', () => {
    const life = new Life(
      {
        terminationGracePeriodSeconds: 9,
        containers: [container({ lifecycle: { postStart: exec('fail', '2') } })],
      },
      { actions: [{ do: 'delete', at: 1, gracePeriodSeconds: 4 }] },
    );
    expect(life.has('cri StopContainer', { timeout: 9 })).toBe(true);
  });
});

describe('preStop', () => {
  const hooked = (lifecycle: object) => ({ containers: [container({ lifecycle })] });

  it('is cut at the grace, and fails only when the container dies', () => {
    const life = new Life(hooked({ preStop: exec('sleep', '10') }), {
      apps: { app: { onTerm: 'exit:0.5' } },
      actions: [deleted(2, 3)],
    });
    const signal = life.at('app signal', { signal: 'SIGTERM' });
    expect(signal - life.at('cri ExecSync')).toBeCloseTo(3, 2);
    expect(life.at('event FailedPreStopHook')).toBeGreaterThan(signal + 0.5);
  });

  it('that makes the app exit ends with it, and StopContainer finds nothing', () => {
    const life = new Life(hooked({ preStop: exec('quit', '1.5') }), { actions: [deleted()] });
    expect(life.at('app exit', { cause: 'self' }) - life.at('cri ExecSync')).toBeCloseTo(1.5, 2);
    expect(life.has('app signal')).toBe(false);
    expect(life.has('event FailedPreStopHook')).toBe(true);
  });

  it('sleeps in the kubelet without a call to the runtime', () => {
    const life = new Life(hooked({ preStop: { sleep: { seconds: 2 } } }), { actions: [deleted()] });
    expect(life.at('cri StopContainer') - life.at('api delete')).toBeGreaterThan(2);
    expect(life.has('cri ExecSync')).toBe(false);
    expect(life.has('cri StopContainer', { timeout: 28 })).toBe(true);
  });

  it('over a tcpSocket always fails', () => {
    const lifecycle = { preStop: { tcpSocket: { port: 80 } } };
    const life = new Life({ containers: [container({ lifecycle })] }, { actions: [deleted()] });
    expect(life.has('event FailedPreStopHook')).toBe(true);
  });

  it('does not run for a container that has ended by itself', () => {
    const life = new Life(
      { restartPolicy: 'Never', ...hooked({ preStop: exec('sleep', '2') }) },
      { apps: { app: { runFor: 1 } }, end: { for: 5 } },
    );
    expect(life.has('cri ExecSync')).toBe(false);
  });

  it('runs for a deadline', () => {
    const life = new Life(
      { activeDeadlineSeconds: 3, ...hooked({ preStop: exec('sleep', '2') }) },
      { end: { for: 9 } },
    );
    const killed = life.at('cri ExecSync');
    expect(life.at('app signal') - killed).toBeCloseTo(2, 2);
    expect(life.has('status reason', { reason: 'DeadlineExceeded' })).toBe(true);
  });
});

describe('sidecars at the end', () => {
  const two = { initContainers: [sidecar('s1'), sidecar('s2')] };

  it('get SIGTERM after the main containers, the later first', () => {
    const life = new Life(two, {
      apps: { app: { onTerm: 'exit:1' }, s1: { onTerm: 'exit:1' }, s2: { onTerm: 'exit:1' } },
      actions: [deleted()],
    });
    expect(life.order('app signal')).toEqual(['app', 's2', 's1']);
    expect(life.at('app signal s2') - life.at('app exit app')).toBeLessThan(0.01);
    expect(life.at('app signal s1') - life.at('app exit s2')).toBeLessThan(0.01);
  });

  it('are announced with everyone else, and start their preStop then', () => {
    const life = new Life(
      { initContainers: [sidecar('s', { lifecycle: { preStop: exec('sleep', '1') } })] },
      { apps: { app: { onTerm: 'exit:3' } }, actions: [deleted()] },
    );
    expect(life.at('cri ExecSync s')).toBeCloseTo(life.at('cri StopContainer app'), 2);
    expect(life.at('app signal s')).toBeCloseTo(life.at('app exit app'), 2);
  });

  it('share what is left of one grace, cut to the second', () => {
    const life = new Life(
      { initContainers: [sidecar('s')] },
      { apps: { app: { onTerm: 'exit:3.6' } }, actions: [deleted(2, 6)] },
    );
    expect(life.has('cri StopContainer s', { timeout: 3 })).toBe(true);
  });

  it('all get SIGTERM at the same moment when the grace is over', () => {
    const ignore = { onTerm: 'ignore' };
    const life = new Life(two, {
      apps: { app: { onTerm: 'exit:1' }, s1: ignore, s2: ignore },
      actions: [deleted(2, 5)],
    });
    const begun = life.at('cri StopContainer app');
    expect(life.at('app exit s2') - begun).toBeCloseTo(5, 1);
    expect(life.at('app signal s1') - begun).toBeCloseTo(5, 1);
    expect(life.at('app exit s1') - begun).toBeCloseTo(7, 1);
  });

  it('stop a Job-like pod only after its main containers, with the full grace', () => {
    const life = new Life(
      { restartPolicy: 'Never', terminationGracePeriodSeconds: 3, initContainers: [sidecar('s')] },
      { apps: { app: { runFor: 1 }, s: { onTerm: 'ignore' } }, end: { for: 10 } },
    );
    expect(life.has('cri StopContainer s', { timeout: 3 })).toBe(true);
    expect(life.has('status phase', 'Succeeded')).toBe(true);
  });
});
