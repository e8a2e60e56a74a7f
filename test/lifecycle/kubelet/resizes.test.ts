import { describe, expect, it } from 'vitest';
import { container, Life } from './tiny-pod.ts';

const resources = (cpu: string, memory = '1Gi') => ({ requests: { cpu, memory } });

/** A life in which the resources change ten seconds after the start. */
function resized(to: object, resizePolicy: readonly object[] = []): Life {
  const patch = { spec: { containers: [{ name: 'app', resources: to }] } };
  return new Life(
    { containers: [container({ resources: resources('100m'), resizePolicy })] },
    { actions: [{ do: 'resize', at: 10, patch }], end: { at: 30 } },
  );
}

describe('a resize in place', () => {
  const restart = { resourceName: 'cpu', restartPolicy: 'RestartContainer' };

  it('restarts the container where the policy of what changed says so', () => {
    const life = resized(resources('200m'), [restart]);
    expect(life.at('app signal app', { signal: 'SIGTERM' })).toBeCloseTo(10.01, 2);
    expect(life.at('cri StartContainer app', { attempt: 1 })).toBeLessThan(12);
    expect(JSON.stringify(life.all('event Killing'))).toContain('Container app resize requires');
    expect(life.all('cri StartContainer app')).toHaveLength(2);
  });

  it('is told to the runtime elsewhere, once', () => {
    expect(resized(resources('200m')).all('cri UpdateContainerResources app')).toHaveLength(1);
    const memory = resized(resources('100m', '2Gi'), [restart]);
    expect(memory.has('app signal app')).toBe(false);
    expect(memory.has('cri UpdateContainerResources app')).toBe(true);
  });

  it('is none where the same is written otherwise', () => {
    const life = resized(resources('0.1'), [restart]);
    expect(life.has('app signal app')).toBe(false);
    expect(life.has('cri UpdateContainerResources app')).toBe(false);
  });
});
