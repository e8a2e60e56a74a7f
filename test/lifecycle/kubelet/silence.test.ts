import { describe, expect, it } from 'vitest';
import { container, exec, Life } from './tiny-pod.ts';

const get = { httpGet: { path: '/', port: 80 } };

describe('an app that does not answer', () => {
  it('takes the time-out from each HTTP probe: no other is made meanwhile', () => {
    const livenessProbe = { ...get, periodSeconds: 5, timeoutSeconds: 30 };
    const silent = { from: 10, until: 1000 };
    const life = new Life(
      { containers: [container({ livenessProbe })] },
      { apps: { app: { http: {}, silent } }, end: { at: 200 } },
    );
    // The first probe without an answer begins within the period after the 10th second.
    expect(life.at('app signal app')).toBeGreaterThan(100);
    expect(life.at('app signal app')).toBeLessThan(106.1);
  });

  it('is no failure of a TCP probe, nor of a probe that waits long enough', () => {
    const tcpSocket = { port: 80 };
    for (const probe of [{ tcpSocket }, { ...get, timeoutSeconds: 5 }]) {
      const livenessProbe = { ...probe, periodSeconds: 5, failureThreshold: 1 };
      const life = new Life(
        { containers: [container({ livenessProbe })] },
        { apps: { app: { http: {}, silent: { from: 10, until: 14 } } }, end: { at: 60 } },
      );
      expect(life.has('app signal app')).toBe(false);
    }
  });

  it('can be somebody else that is out for a while', () => {
    const readinessProbe = { ...exec('except', '20', '40'), periodSeconds: 1, failureThreshold: 1 };
    const life = new Life({ containers: [container({ readinessProbe })] }, { end: { at: 60 } });
    const told = life.all('status ready app').slice(-2);
    expect(told.map((it) => it.detail)).toEqual([false, true]);
    expect(told[0]?.t).toBeCloseTo(21, 0);
    expect(told[1]?.t).toBeCloseTo(40, 0);
  });
});
