import { describe, expect, it } from 'vitest';
import { container, Life, type Rest } from './tiny-pod.ts';

const MI = 1024 * 1024;
const limited = (memory: string, fields = {}) =>
  container({ resources: { limits: { memory } }, ...fields });

describe('memory', () => {
  it('is enough up to the last byte of the limit', () => {
    const grows = (upTo: number): Rest => ({
      apps: { app: { memory: { processes: [{ start: 10 * MI, perSecond: MI, upTo }] } } },
      end: { at: 60 },
    });
    const full = new Life({ containers: [limited('40Mi')] }, grows(40 * MI));
    expect(full.has('app exit app')).toBe(false);
    const over = new Life({ containers: [limited('40Mi')] }, grows(40 * MI + 1));
    const started = over.at('cri StartContainer app');
    expect(over.at('app exit app', { cause: 'oom', exitCode: 137 }) - started).toBeCloseTo(30, 6);
    const [state] = over.all('status lastState app');
    expect(JSON.stringify(state?.detail)).toContain('OOMKilled');
  });

  it('counts the files in memory to their writer, and to the pod when that is gone', () => {
    const spec = (sizeLimit: string, rest: object[] = []) => ({
      containers: [
        limited('100Mi', { volumeMounts: [{ name: 'files', mountPath: '/f' }] }),
        ...rest,
      ],
      volumes: [{ name: 'files', emptyDir: { medium: 'Memory', sizeLimit } }],
    });
    const writes: Rest = {
      apps: {
        app: {
          memory: { processes: [{ start: 10 * MI }] },
          writes: { files: { perSecond: 5 * MI } },
        },
      },
      end: { at: 60 },
    };
    // The file system is full before the control group is.
    expect(new Life(spec('90Mi'), writes).has('app exit app')).toBe(false);
    const life = new Life(spec('95Mi'), writes);
    const started = life.at('cri StartContainer app');
    expect(life.at('app exit app', { cause: 'oom' }) - started).toBeCloseTo(18, 6);
    // What is left is the pod's, so the next attempt dies at once; another limit gives the pod room.
    const again = life.at('cri StartContainer app', {}, 2);
    expect(life.at('app exit app', { cause: 'oom' }, 2) - again).toBeCloseTo(0, 6);
    const roomy = new Life(spec('95Mi', [limited('100Mi', { name: 'other' })]), writes);
    expect(roomy.all('app exit app')).toHaveLength(1);
  });

  it('takes the container with one of its processes, unless the kubelet is told not to', () => {
    const rest = (singleProcessOOMKill: boolean): Rest => {
      const worker = { start: 20 * MI };
      const processes = [{ start: 10 * MI }, worker, { ...worker, from: 5, perSecond: 10 * MI }];
      const app = { memory: { processes } };
      return { apps: { app }, kubelet: { singleProcessOOMKill }, end: { at: 30 } };
    };
    const group = new Life({ containers: [limited('100Mi')] }, rest(false));
    const started = group.at('cri StartContainer app');
    expect(group.at('app exit app', { cause: 'oom' }) - started).toBeCloseTo(10, 6);
    const single = new Life({ containers: [limited('100Mi')] }, rest(true));
    expect(single.has('app exit app')).toBe(false);
    expect(single.at('app process-exit app', { process: 2 })).toBeCloseTo(started + 10, 6);
  });
});
