import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ClusterSnapshot, keyOfObject } from '../../server/src/cluster/index.ts';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';

const KINDS = ['Pod', 'Service', 'Node'] as const;
const NAMESPACES = ['one', 'two', 'three'];

const named = (kind: string, namespace: string, name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
});

const objects = fc
  .array(
    fc.tuple(fc.constantFrom(...KINDS), fc.constantFrom(...NAMESPACES), fc.integer({ max: 30 })),
    { maxLength: 40 },
  )
  .map((list) => list.map(([kind, namespace, n]) => named(kind, namespace, `it-${n}`)));

/** What one edit makes of a list: a stretch goes, others come in its place. */
const edit = fc.record({ at: fc.nat(), gone: fc.nat({ max: 3 }), fresh: objects });

/** All that a snapshot can be asked. */
function contents(snapshot: ClusterSnapshot, asked: readonly KubernetesObject[]) {
  const keys = new Set(asked.map(keyOfObject));
  return {
    all: [...snapshot.objects()],
    lists: KINDS.map((kind) => snapshot.list(kind)),
    namespaces: KINDS.map((kind) => NAMESPACES.map((it) => snapshot.list(kind, it))),
    found: [...keys].map((key) => snapshot.find(key)),
  };
}

test('a world that follows another holds what it would hold if it were made anew', () => {
  fc.assert(
    fc.property(objects, fc.array(edit, { maxLength: 12 }), (start, edits) => {
      let list = start;
      let asked = start;
      let snapshot = new ClusterSnapshot(list, { role: 'declared' });
      edits.forEach(({ at, gone, fresh }, i) => {
        list = list.toSpliced(at % (list.length + 1), gone, ...fresh.slice(0, 3));
        asked = [...asked, ...list];
        snapshot = new ClusterSnapshot(list, { role: 'declared', previous: snapshot });
        // Some worlds nobody asks anything.
        if (i % 3 === 1) return;
        expect(contents(snapshot, asked)).toEqual(contents(new ClusterSnapshot(list), asked));
      });
    }),
    { numRuns: 200 },
  );
});

describe('an edit of one object', () => {
  const pod = named('Pod', 'one', 'a');
  const list = [
    pod,
    named('Pod', 'two', 'b'),
    named('Node', '', 'n'),
    named('Service', 'one', 's'),
  ];
  const before = new ClusterSnapshot(list, { role: 'declared' });
  before.list('Pod', 'one');
  const now = { ...pod, metadata: { ...pod.metadata, labels: { app: 'typed' } } };
  const place = { role: 'declared', previous: before } as const;
  const after = new ClusterSnapshot(list.with(0, now), place);

  it('leaves every list it is not in', () => {
    expect(after.list('Node')).toBe(before.list('Node'));
    expect(after.list('Service', 'one')).toBe(before.list('Service', 'one'));
    expect(after.list('Pod', 'two')).toBe(before.list('Pod', 'two'));
    expect(after.list('Pod', 'one')).toEqual([now]);
  });

  it('is all that differs', () => {
    expect(after.since(before, 'Pod')).toMatchObject({ gone: [pod], fresh: [now] });
    expect(after.since(before, 'Node')).toMatchObject({ gone: [], fresh: [] });
  });
});
