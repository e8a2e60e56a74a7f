import { describe, expect, it } from 'vitest';
import { container, Life, type Rest } from './tiny-pod.ts';

const MI = 1024 * 1024;
const limited = (storage: string, fields = {}) =>
  container({ resources: { limits: { 'ephemeral-storage': storage } }, ...fields });
const writing = (writes: object, more: object = {}): Rest => ({
  apps: { app: { writes, onTerm: 'ignore', ...more } as NonNullable<Rest['apps']>[string] },
  end: { at: 300 },
});
const logging = (perSecond: number, compress: object = {}): Rest =>
  writing({ logs: { perSecond } }, compress);

describe('the eviction manager', () => {
  it('evicts at the first of its looks that finds too much, with two seconds to end', () => {
    const life = new Life({ containers: [limited('20Mi')] }, logging(MI), { evictionPhase: 4 });
    const [event] = life.all('event Evicted');
    expect(event?.detail).toMatchObject({
      message: 'Pod ephemeral local storage usage exceeds the total limit of containers 20Mi. ',
    });
    expect(event?.t).toBeCloseTo(24, 1);
    const signal = life.at('app signal app', { signal: 'SIGTERM' });
    expect(life.at('app signal app', { signal: 'SIGKILL' }) - signal).toBeCloseTo(2, 6);
    expect(life.at('status reason', { reason: 'Evicted' })).toBeGreaterThan(signal);
  });

  it('leaves pods that stay within their limit, and critical ones', () => {
    const upTo = writing({ layer: { perSecond: MI, upTo: 20 * MI } });
    expect(new Life({ containers: [limited('20Mi')] }, upTo).has('event Evicted')).toBe(false);
    const critical = { containers: [limited('20Mi')], priority: 2_000_000_000 };
    expect(new Life(critical, logging(MI)).has('event Evicted')).toBe(false);
  });

  it('names the container where only its own limit is passed', () => {
    const other = limited('1Gi', { name: 'other' });
    const life = new Life({ containers: [limited('20Mi'), other] }, logging(MI));
    expect(life.all('event Evicted')[0]?.detail).toMatchObject({
      message: 'Container app exceeded its local ephemeral storage limit "20Mi". ',
    });
  });

  it('knows what is in a volume once a minute', () => {
    const volumes = [{ name: 'tmp', emptyDir: { sizeLimit: '10Mi' } }];
    const life = new Life({ volumes }, writing({ tmp: { perSecond: MI } }), { evictionPhase: 5 });
    expect(life.all('event Evicted')[0]?.detail).toMatchObject({
      message: 'Usage of EmptyDir volume "tmp" exceeds the limit "10Mi". ',
    });
    expect(life.at('event Evicted')).toBeCloseTo(65, 1);
  });
});

describe('the log manager', () => {
  it('keeps five files of 10Mi, of which three are compressed', () => {
    const needs = (limit: string, logsCompressTo: number) =>
      new Life({ containers: [limited(limit)] }, logging(1.01 * MI, { logsCompressTo }), {
        logPhase: 0.1,
        evictionPhase: 9.9,
      }).has('event Evicted');
    expect(needs('51Mi', 1)).toBe(false);
    expect(needs('49Mi', 1)).toBe(true);
    expect(needs('24Mi', 0.1)).toBe(false);
    expect(needs('22Mi', 0.1)).toBe(true);
  });
});
