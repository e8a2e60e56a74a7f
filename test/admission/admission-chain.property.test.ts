import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { admit, admitYaml, type CreateResult } from '../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';
import { CORPORA, loadWorlds, readCases } from '../conformance/corpora.ts';

const corpus = CORPORA.find((it) => it.name === 'admission');
const cases = readCases(corpus?.file ?? '') as unknown as {
  world: string;
  object: Record<string, unknown>;
  expect: { allowed: boolean };
}[];
const worlds = loadWorlds(undefined);
const snapshots = new Map<string, ClusterSnapshot>();

function snapshotOf(world: string): ClusterSnapshot {
  const known = snapshots.get(world);
  if (known) return known;
  const objects = [...worlds.cluster, ...(worlds.namespaces[world] ?? [])];
  const snapshot = new ClusterSnapshot(objects as unknown as KubernetesObject[]);
  snapshots.set(world, snapshot);
  return snapshot;
}

function create(object: unknown, world: string): CreateResult | undefined {
  return admit({
    object,
    snapshot: snapshotOf(world),
    namespace: world,
    options: { dryRun: true },
  });
}

/** Every place of a plain value, as paths. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, it]) => places(it, [...path, key]))];
}

function replaceAt(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((it: unknown, i) => (String(i) === key ? replaceAt(it, rest, by) : it));
  }
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaceAt(object[key], rest, by) };
}

const anyValue = fc.oneof(
  fc.constantFrom(null, '', 0, -1, true, false, [], {}, [null], [{}], 'x'.repeat(300), 1e300),
  fc.constantFrom('None', '::1', '25%', '1Gi', '@every 1h', 'TZ=UTC', '0-1,5', '*/0 * * * *'),
  fc.jsonValue({ maxDepth: 3 }),
);

test('no object makes the API server of the prediction fall over, and the same gives the same', () => {
  fc.assert(
    fc.property(
      fc.nat(cases.length - 1),
      fc.nat(),
      anyValue,
      fc.nat(),
      anyValue,
      (i, a, x, b, y) => {
        const { object, world } = cases[i] ?? { object: {}, world: 'plain' };
        const all = places(object);
        const first = replaceAt(object, all[a % all.length] ?? [], x);
        const more = places(first);
        const second = replaceAt(first, more[b % more.length] ?? [], y);
        const text = JSON.stringify(second);
        const result = create(second, world);
        expect(JSON.stringify(create(JSON.parse(text), world))).toBe(JSON.stringify(result));
        expect(JSON.stringify(second)).toBe(text);
        if (result) expect(result.allowed).toBe(result.code === 201);
      },
    ),
    { numRuns: 600 },
  );
});

test('no text makes it fall over', () => {
  const snapshot = new ClusterSnapshot([]);
  const yamlish = fc
    .array(
      fc.constantFrom(
        ...['a', ': ', '- ', '\n', '  ', '{', '}', '[', ']', ',', '&a ', '*a', '|', '>', '"', "'"],
        ...['#', '!!int ', '!', '%', '---\n', '...\n', '? ', '<<: ', '\t', '1', '\\', '\u0085'],
        ...['kind: Pod\n', 'spec:\n', 'containers:\n', '~', 'yes', '.nan', '\r\n', '@', '`'],
      ),
      { maxLength: 40 },
    )
    .map((it) => it.join(''));
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), (text) => {
      expect(admitYaml(text, { kind: 'Pod', snapshot })?.allowed).toBeTypeOf('boolean');
    }),
    { numRuns: 2000 },
  );
});

test('a stored object submitted again is stored unchanged', () => {
  for (const { object, world, expect: recorded } of cases) {
    if (!recorded.allowed) continue;
    const stored = create(object, world)?.object;
    const again = create(stored, world);
    expect(again?.message).toBeUndefined();
    expect(JSON.stringify(again?.object)).toBe(JSON.stringify(stored));
  }
});

test('every change has an author and leads to the stored object', () => {
  const { object, world } = cases.find((it) => it.expect.allowed) ?? { object: {}, world: '' };
  const result = create(object, world);
  expect(result?.mutations.length).toBeGreaterThan(5);
  for (const { author, path, before, after } of result?.mutations ?? []) {
    expect(author).not.toBe('');
    expect(path.length).toBeGreaterThan(0);
    expect(JSON.stringify(before)).not.toBe(JSON.stringify(after));
  }
});
