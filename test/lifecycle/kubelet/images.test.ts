import { describe, expect, it } from 'vitest';
import type { ExtraPod, Scenario } from '../../../server/src/lifecycle/kubelet/index.ts';
import { container, Life, scenario, type Rest } from './tiny-pod.ts';

/** A pod besides the first one. */
function other(name: string, after: number, image: string, node?: string, fields = {}): ExtraPod {
  const { pod } = scenario({ containers: [container({ image, ...fields })] });
  return { name, after, node, pod };
}

describe('a tag that is moved', () => {
  const registry = {
    'r/web': [
      { at: 0, tags: ['latest', '1'], digest: 'old' },
      { at: 60, tags: ['latest'], digest: 'new' },
    ],
  };

  /** What the pods of an image run: one at once, then one on its node and one on another. */
  function digests(image: string, imagePullPolicy: string): readonly unknown[] {
    const fields = { imagePullPolicy };
    const extraPods = [
      other('same', 120, image, undefined, fields),
      other('elsewhere', 120, image, 'node-2', fields),
    ];
    const behaviour: Scenario['behaviour'] = { registry };
    const life = new Life(
      { containers: [container({ image, ...fields })] },
      { extraPods, behaviour, end: { at: 130 } },
    );
    const made = life.all('cri CreateContainer');
    return made.map(({ detail }) => (detail as { imageRef?: string }).imageRef);
  }

  it('means what it meant at the pull of each node, or at each start', () => {
    expect(digests('r/web', 'IfNotPresent')).toEqual(['old', 'old', 'new']);
    expect(digests('r/web:latest', 'Always')).toEqual(['old', 'new', 'new']);
    expect(digests('r/web:1', 'IfNotPresent')).toEqual(['old', 'old', 'old']);
    expect(digests('r/web:latest@sha256:1', 'Always')).toEqual(Array(3).fill('sha256:1'));
  });
});

describe('pulls of several pods', () => {
  const images = {
    big: { present: false, pull: 20 },
    'app:1': { present: true, pull: 30, check: 1 },
  };
  const waits = (rest: Rest, node?: string) => {
    const behaviour = { images };
    const life = new Life(
      { containers: [container({ image: 'big' })] },
      {
        extraPods: [other('p', 1, 'app:1', node, { imagePullPolicy: 'Always' })],
        behaviour,
        ...rest,
      },
    );
    return life.all('cri StartContainer').find((it) => it.pod === 'p')?.t;
  };

  it('wait for each other on one node that pulls one at a time', () => {
    expect(waits({ end: { at: 60 } })).toBeCloseTo(21, 1);
    expect(waits({ end: { at: 60 } }, 'node-2')).toBeCloseTo(2, 1);
    expect(waits({ end: { at: 60 }, kubelet: { maxParallelImagePulls: 2 } })).toBeCloseTo(2, 1);
  });
});
