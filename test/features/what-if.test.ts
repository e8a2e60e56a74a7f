import { describe, expect, it } from 'vitest';
import { exampleView } from '../support/example-views.ts';

function knob(view: ReturnType<typeof exampleView>, id: string) {
  return view.knobs.find((it) => it.id === id);
}

describe('a what-if', () => {
  it('of a lost node places the pods on the others, as its taints refuse them', () => {
    const asIs = exampleView('checkout').scheduling;
    const { scheduling, endpoints, knobs } = exampleView('checkout', { nodeLost: 'true' });
    const lost = asIs?.chosen ?? '';
    expect(scheduling?.chosen).not.toBe(lost);
    expect(scheduling?.nodes.find((it) => it.node === lost)?.refusals[0]?.plugin).toBe(
      'TaintToleration',
    );
    const nodes = endpoints.slices.flatMap((it) => it.endpoints.map((one) => one.node));
    expect(nodes).not.toContain(lost);
    // No manifest can say that a node is lost.
    expect(knobs.find((it) => it.id === 'nodeLost')).toMatchObject({ changed: true, write: null });
  });

  it('of a lost node can leave a workload without any', () => {
    const { scheduling, verdicts } = exampleView('database', { nodeLost: 'true' });
    expect(scheduling?.chosen).toBeNull();
    expect(verdicts.find((it) => it.section === 'rollout')?.headline).toBe('gets stuck');
  });

  it('begins at an assumption where nothing bounds a drain, and is written as an annotation', () => {
    const asIs = knob(exampleView('web'), 'drain-seconds');
    expect(asIs).toMatchObject({ value: '', startsAt: 10, changed: false, write: null });
    const tried = knob(exampleView('web', { 'drain-seconds': '8' }), 'drain-seconds');
    expect(tried).toMatchObject({ value: '8', changed: true });
    const texts = tried?.write?.files.flatMap((it) => it.changes.map(({ newText }) => newText));
    expect(texts?.join('')).toContain('podsage.dev/app.drain-seconds: "0-8"');
  });

  it('of the number of probes that fail is there for each probe the container has', () => {
    const ids = exampleView('checkout').knobs.map((it) => it.id);
    expect(ids).toEqual(
      expect.arrayContaining(['readinessFailures', 'livenessFailures', 'startupFailures']),
    );
    expect(exampleView('web').knobs.map((it) => it.id)).not.toContain('livenessFailures');
  });
});

describe('a drain', () => {
  it('that leaves pods without a node completes, and is no success', () => {
    const drains = ['web', 'checkout'].flatMap((it) => exampleView(it).rollout?.drain ?? []);
    const homeless = drains.filter((it) => it.message.includes('on no other node'));
    expect(homeless.length).toBeGreaterThan(0);
    expect(new Set(homeless.map((it) => it.tone))).toEqual(new Set(['warn']));
  });
});
