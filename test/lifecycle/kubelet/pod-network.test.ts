import { describe, expect, it } from 'vitest';
import { container, deleted, exec, Life, sidecar, type Rest } from './tiny-pod.ts';

const LISTENS = { listens: ['80/TCP'], listenDelay: 3 };

describe('the network of a pod', () => {
  it('refuses a call before somebody listens, and answers it then', () => {
    const calls = [{ after: 0.5, to: 'localhost:80', every: 1 }];
    const life = new Life(
      { containers: [container({ name: 'a' }), container({ name: 'b' })] },
      { apps: { a: { calls }, b: LISTENS }, end: { at: 10 } },
    );
    const opens = life.at('app listen b');
    expect(life.at('app call a', { answered: true })).toBeGreaterThan(opens);
    expect(life.at('app call a', { answered: true })).toBeLessThan(opens + 1);
    expect(life.all('app call a', { answered: false })).toHaveLength(3);
    expect(life.has('app exit a')).toBe(false);
  });

  it('makes an app that calls once exit where nobody listens', () => {
    const calls = [{ after: 0.5, to: 'localhost:80' }];
    const life = new Life({ restartPolicy: 'Never' }, { apps: { app: { calls } } });
    const ran = life.at('app exit', { exitCode: 1 }) - life.at('cri StartContainer');
    expect(ran).toBeCloseTo(0.5, 2);
  });

  it('gives a port to one container at a time', () => {
    const life = new Life(
      { containers: [container({ name: 'a' }), container({ name: 'b' })], restartPolicy: 'Never' },
      { apps: { a: { ...LISTENS, runFor: 8 }, b: LISTENS }, end: { at: 10 } },
    );
    expect(life.has('app listen b', { error: 'listen 80/TCP: address already in use' })).toBe(true);
    expect(life.has('app exit b', { exitCode: 1 })).toBe(true);
    expect(life.has('app listen a', { error: undefined })).toBe(true);
  });

  it('frees the port of a process that has ended', () => {
    const calls = [{ after: 6, to: 'localhost:80', every: 100 }];
    const life = new Life(
      { containers: [container({ name: 'a' }), container({ name: 'b' })], restartPolicy: 'Never' },
      { apps: { a: { ...LISTENS, runFor: 5 }, b: { calls } }, end: { at: 10 } },
    );
    expect(life.has('app call b', { answered: false })).toBe(true);
  });

  it('answers the probe of one container by another that has the port', () => {
    const startupProbe = { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 10 };
    const starts = (apps: Rest['apps']) => {
      const initContainers = [sidecar('server'), sidecar('proxy', { startupProbe })];
      return new Life({ initContainers }, { apps, end: { at: 30 } }).has('cri StartContainer app');
    };
    expect(starts({ server: LISTENS })).toBe(true);
    expect(starts({ proxy: LISTENS })).toBe(true);
    expect(starts({ app: LISTENS })).toBe(false);
  });

  it('answers a Service of the pod itself only while its endpoint is ready', () => {
    const calls = [{ after: 0, to: 'web', every: 1 }];
    const readinessProbe = { ...exec('after', '3'), periodSeconds: 1 };
    const life = new Life(
      { containers: [container({ readinessProbe })] },
      {
        apps: { app: { calls, http: {} } },
        hosts: { web: { own: 'served' } },
        service: true,
        end: { at: 9 },
      },
    );
    const ready = life.at('endpoints endpoint', {
      ready: true,
      serving: true,
      terminating: false,
    });
    expect(life.at('app call', { answered: true })).toBeGreaterThan(ready);
    expect(life.has('app call', { answered: false })).toBe(true);
  });

  it('ends who only waits for a host outside, when that answers', () => {
    const calls = [{ after: 0, to: 'db', every: 1, ends: true as const }];
    const life = new Life(
      { initContainers: [container({ name: 'wait' })] },
      { apps: { wait: { calls } }, hosts: { db: { from: 5.2 } }, end: { at: 9 } },
    );
    expect(life.at('app exit wait', { exitCode: 0 })).toBeGreaterThan(5.2);
    expect(life.at('app exit wait', { exitCode: 0 })).toBeLessThan(6.3);
  });
});

describe('a command', () => {
  const hooked = (...command: string[]) => ({
    containers: [container({ lifecycle: { preStop: exec(...command) } })],
  });

  it('that calls nobody fails when it calls', () => {
    const actions = [deleted()];
    const life = new Life(hooked('call', 'db', '2'), { hosts: { db: {} }, actions });
    expect(life.at('event FailedPreStopHook') - life.at('api delete')).toBeCloseTo(2, 1);
  });

  it('that calls again waits for the answer', () => {
    const hosts = { db: { from: 0 } };
    const life = new Life(hooked('call', 'db', '2', '1'), { hosts, actions: [deleted()] });
    expect(life.has('event FailedPreStopHook')).toBe(false);
  });

  it('that the image does not have fails a hook, and no probe ever counts', () => {
    const life = new Life(hooked('missing'), { actions: [deleted()] });
    expect(life.has('event FailedPreStopHook')).toBe(true);
    const livenessProbe = { ...exec('missing'), periodSeconds: 1 };
    const probed = new Life({ containers: [container({ livenessProbe })] }, { end: { at: 30 } });
    expect(probed.has('event Unhealthy')).toBe(true);
    expect(probed.has('app exit')).toBe(false);
  });
});
