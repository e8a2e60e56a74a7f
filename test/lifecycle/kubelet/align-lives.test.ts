import { expect, it } from 'vitest';
import { alignLives } from '../../../server/src/lifecycle/kubelet/align-lives.ts';
import type { TraceEntry } from '../../../server/src/lifecycle/kubelet/index.ts';

const running = (t: number): TraceEntry => ({
  t,
  source: 'status',
  what: 'phase',
  detail: 'Running',
  life: '',
});

it('what some lives merge away is told by time from what all have', () => {
  const merged = running(5.2);
  const lives = [[running(1), running(5)], [merged], [running(1.1), running(5.1)]];
  const gathered = alignLives(lives);
  expect(gathered.get(merged)?.times).toEqual([5, 5.2, 5.1]);
  expect(new Set(gathered.values()).size).toBe(2);
});
