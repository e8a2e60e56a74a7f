import { describe, expect, it, test } from 'vitest';
import { container, deleted, exec, Life, sidecar } from './tiny-pod.ts';

const every = (seconds: number, command: string, ...rest: string[]) => ({
  ...exec(command, ...rest),
  periodSeconds: seconds,
});

describe('the start', () => {
  it('runs init containers one at a time, the next at the relist after the exit', () => {
    const one = (name: string) => container({ name });
    const life = new Life(
      { initContainers: [one('i1'), one('i2')] },
      { apps: { i1: { runFor: 1 }, i2: { runFor: 1 } }, end: { for: 5 } },
      { relistPhase: 0.5 },
    );
    expect(life.order('cri StartContainer')).toEqual(['i1', 'i2', 'app']);
    expect(life.at('cri StartContainer i2') - life.at('app exit i1')).toBeGreaterThan(0.3);
  });

  it('loses no relist on an init container that exits at once', () => {
    const life = new Life(
      { initContainers: [container({ name: 'i' })] },
      { apps: { i: { runFor: 0 } }, end: { for: 1 } },
    );
    expect(life.at('cri StartContainer app')).toBeLessThan(0.1);
  });

  it('goes on after a sidecar as soon as it runs, or its startup probe has succeeded', () => {
    const plain = new Life({ initContainers: [sidecar('s')] }, { end: { for: 1 } });
    expect(plain.at('cri StartContainer app')).toBeLessThan(0.1);
    const startupProbe = { ...every(1, 'after', '2.5'), failureThreshold: 10 };
    const probed = new Life(
      { initContainers: [sidecar('s', { startupProbe })] },
      { end: { for: 5 } },
    );
    const success = probed.at('cri ExecSync s', { exitCode: 0 });
    expect(probed.at('cri StartContainer app') - success).toBeLessThan(0.1);
  });

  it('never reaches the app behind a sidecar that exits at once', () => {
    const life = new Life(
      { initContainers: [sidecar('s')] },
      { apps: { s: { runFor: 0, exitCode: 1 } }, end: { for: 20 } },
    );
    expect(life.has('cri CreateContainer app')).toBe(false);
    expect(life.at('cri StartContainer s', { attempt: 2 })).toBeGreaterThan(10);
  });

  it('starts b in the same step although the postStart of a failed', () => {
    const a = container({ name: 'a', lifecycle: { postStart: exec('fail', '0.5') } });
    const life = new Life(
      { containers: [a, container({ name: 'b' })] },
      { apps: { a: { onTerm: 'exit:0.5' } }, end: { for: 1.5 } },
    );
    expect(life.at('cri StartContainer b') - life.at('app exit a')).toBeLessThan(0.05);
  });

  it('reports a container running only after the step that started it', () => {
    const a = container({ name: 'a' });
    const b = container({ name: 'b', lifecycle: { postStart: exec('sleep', '2') } });
    const life = new Life({ containers: [a, b] }, { end: { for: 4 } });
    expect(life.at('status started a', true)).toBeGreaterThan(2);
  });

  it('pulls one image at a time on a node, unless the node allows more', () => {
    const slow = { 'one:1': { pull: 2 }, 'two:1': { pull: 2 } };
    const pod = { metadata: { name: 'b' }, spec: { containers: [{ name: 'b', image: 'two:1' }] } };
    const live = (nodeClass?: string) =>
      new Life(
        { containers: [container({ image: 'one:1' })] },
        {
          behaviour: { images: slow },
          extraPods: [{ name: 'b', after: 0.3, pod: pod as never }],
          end: { for: 6 },
          nodeClass,
        },
      ).at('cri StartContainer b');
    expect(live()).toBeGreaterThan(4);
    expect(live('parallel')).toBeLessThan(2.5);
  });

  it('is refused by the kubelet where the node does not match the nodeSelector', () => {
    const life = new Life({ nodeSelector: { no: 'such' } }, { end: { for: 3 } });
    expect(life.has('status phase', 'Failed')).toBe(true);
    expect(life.all('cri RunPodSandbox')).toEqual([]);
  });
});

describe('readiness', () => {
  it('is probed at once when the container is seen running, whatever the period', () => {
    const life = new Life(
      { containers: [container({ readinessProbe: exec('ok') })] },
      { end: { for: 2 } },
    );
    expect(life.at('status condition', { type: 'Ready', status: 'True' })).toBeLessThan(0.1);
  });

  it('that misses the first two tries waits for its own period', () => {
    const life = new Life(
      { containers: [container({ readinessProbe: exec('ready') })] },
      { apps: { app: { startDelay: 1 } }, end: { for: 15 } },
    );
    const ready = life.at('status ready', true);
    expect(ready).toBeGreaterThan(10);
    expect(ready).toBeLessThan(11.2);
  });

  it('counts the early tries for its threshold', () => {
    const readinessProbe = { ...every(1, 'ok'), successThreshold: 3 };
    const life = new Life({ containers: [container({ readinessProbe })] }, { end: { for: 4 } });
    expect(life.at('status ready', true)).toBeLessThan(2.1);
  });

  test.each([
    ['httpGet', { httpGet: { port: 'web', path: '/' }, periodSeconds: 1 }],
    ['tcpSocket', { tcpSocket: { port: 8080 }, periodSeconds: 1 }],
    ['grpc', { grpc: { port: 8080 }, periodSeconds: 1 }],
  ])('by %s fails while nothing listens', (_, readinessProbe) => {
    const ports = [{ name: 'web', containerPort: 8080 }];
    const life = new Life(
      { containers: [container({ ports, readinessProbe })] },
      { apps: { app: { startDelay: 2.5, http: { port: 8080, late: true } } }, end: { for: 5 } },
    );
    expect(life.at('status ready', true)).toBeGreaterThan(2.5);
    expect(life.at('status ready', true)).toBeLessThan(3.7);
  });

  it('goes on while the pod terminates: serving follows it', () => {
    const readinessProbe = { ...every(1, 'ready'), failureThreshold: 1 };
    const life = new Life(
      { containers: [container({ readinessProbe })] },
      { apps: { app: { onTerm: 'exit:4' } }, service: true, actions: [deleted()] },
    );
    const conditions = life.all('endpoints endpoint').map((it) => it.detail);
    expect(conditions).toContainEqual({ ready: false, serving: true, terminating: true });
    expect(conditions.at(-1)).toEqual({ ready: false, serving: false, terminating: true });
  });

  it('waits for the readiness gates', () => {
    const gate = { conditionType: 'example.com/gate' };
    const patch = { status: { conditions: [{ type: 'example.com/gate', status: 'True' }] } };
    const life = new Life(
      { readinessGates: [gate] },
      { actions: [{ do: 'status', at: 3, patch }], end: { for: 5 } },
    );
    const ready = { type: 'Ready' };
    expect(
      life.at('status condition', { ...ready, reason: 'ReadinessGatesNotReady' }),
    ).toBeLessThan(1);
    expect(life.at('status condition', { ...ready, status: 'True' })).toBeCloseTo(3, 1);
  });
});

describe('a container that has ended for good', () => {
  it('is probed anew at every step, so that its pod never comes to rest', () => {
    const killed = (readinessProbe?: object) => {
      const life = new Life(
        {
          restartPolicy: 'Never',
          containers: [container({ readinessProbe }), container({ name: 'b' })],
        },
        { apps: { app: { runFor: 1 } }, actions: [{ do: 'delete', at: 4.7 }] },
      );
      return life.at('cri StopContainer b');
    };
    expect(killed()).toBeLessThan(4.8);
    expect(killed(every(1, 'ok'))).toBeGreaterThan(5.4);
  });
});

describe('liveness and startup', () => {
  it('first run one period after the creation and keep their rhythm over a restart', () => {
    const livenessProbe = { ...every(1, 'until', '2'), failureThreshold: 1 };
    const life = new Life(
      { containers: [container({ livenessProbe })] },
      { apps: { app: { onTerm: 'exit:0.3' } }, end: { for: 5 } },
    );
    const times = life.all('cri ExecSync').map((it) => it.t);
    expect(times[0]).toBeCloseTo(1, 1);
    for (const time of times) expect(time - Math.round(time)).toBeLessThan(0.05);
  });

  it('a failure restarts within one step: Ready does not fall without a readiness probe', () => {
    const livenessProbe = { ...every(1, 'until', '2'), failureThreshold: 1 };
    const life = new Life(
      { containers: [container({ livenessProbe })] },
      { end: { when: 'cri:StartContainer:app#2', plus: 0.5 } },
    );
    expect(life.at('cri StartContainer', { attempt: 1 }) - life.at('app exit')).toBeLessThan(0.05);
    expect(life.at('status restartCount app', {}, 2)).toBeGreaterThan(3);
    expect(life.all('status condition', { type: 'Ready', status: 'False' })).toHaveLength(1);
  });

  test.each([
    ['shorter', 2, 30, 2],
    ['longer', 5, 2, 5],
  ])('the probe’s own grace counts, %s than the pod’s', (_, own, pods, timeout) => {
    const livenessProbe = {
      ...every(1, 'never'),
      failureThreshold: 1,
      terminationGracePeriodSeconds: own,
    };
    const life = new Life(
      { terminationGracePeriodSeconds: pods, containers: [container({ livenessProbe })] },
      { end: { for: 3 } },
    );
    expect(life.has('cri StopContainer', { timeout })).toBe(true);
  });

  it('wait for the startup probe; readiness follows its success at once', () => {
    const startupProbe = { ...every(3, 'after', '2'), failureThreshold: 10 };
    const life = new Life(
      { containers: [container({ startupProbe, readinessProbe: every(10, 'ok') })] },
      { end: { for: 9 } },
    );
    expect(life.at('status ready', true)).toBeLessThan(4.2);
    expect(life.at('cri ExecSync', { kind: 'readiness' })).toBeGreaterThan(3);
  });

  it('do not look at a container that dies once its startup probe has succeeded', () => {
    const apps = { app: { runFor: 4, exitCode: 1 } };
    const lastState = (probe: string) => {
      const fields = { [probe]: every(1, 'ok') };
      const life = new Life({ containers: [container(fields)] }, { apps, end: { for: 14 } });
      return life.all('status state').at(-1)?.detail;
    };
    expect(lastState('startupProbe')).toHaveProperty('terminated');
    expect(lastState('livenessProbe')).toHaveProperty('waiting');
  });

  it('stop at a delete for the app but go on for a sidecar, to no effect', () => {
    const livenessProbe = { ...every(1, 'until', '4'), failureThreshold: 1 };
    const life = new Life(
      {
        initContainers: [sidecar('s', { livenessProbe })],
        containers: [container({ livenessProbe })],
      },
      { apps: { app: { onTerm: 'exit:5' } }, actions: [deleted(1)] },
    );
    expect(life.has('event Unhealthy s')).toBe(true);
    expect(life.has('event Unhealthy app')).toBe(false);
    expect(life.all('cri StartContainer')).toHaveLength(2);
  });

  it('kill the whole pod where nothing may restart', () => {
    const livenessProbe = { ...every(1, 'never'), failureThreshold: 1 };
    const life = new Life(
      { restartPolicy: 'Never', containers: [container({ livenessProbe })] },
      { end: { for: 6 } },
    );
    expect(life.all('cri StopPodSandbox')).toHaveLength(2);
    expect(life.has('status phase', 'Succeeded')).toBe(true);
  });
});
