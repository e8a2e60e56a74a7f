/**
 * `node scripts/run.mjs test/bench/admission.ts`: how long one create request takes through the
 * whole admission chain, and as a ratio to reading the same object's YAML with the `yaml` package
 * in the same process, so that two machines can be compared. The best of several rounds counts.
 */
import { performance } from 'node:perf_hooks';
import { parseDocument, stringify } from 'yaml';
import { admit } from '../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import { readServerYaml, type KubernetesObject } from '../../server/src/manifest/index.ts';
import { CORPORA, loadWorlds, readCases } from '../conformance/corpora.ts';

const ROUNDS = 7;
const corpus = CORPORA.find((it) => it.name === 'admission');
const cases = readCases(corpus?.file ?? '') as unknown as {
  readonly world: string;
  readonly object: Record<string, unknown>;
}[];
const worlds = loadWorlds(undefined);
const snapshots = new Map(
  Object.entries(worlds.namespaces).map(([name, objects]) => [
    name,
    new ClusterSnapshot([...worlds.cluster, ...objects] as unknown as KubernetesObject[]),
  ]),
);
const empty = new ClusterSnapshot([]);
const texts = cases.map((it) => stringify(it.object));

function bestMicroseconds(work: (index: number) => unknown): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < cases.length; i++) work(i);
    best = Math.min(best, (performance.now() - start) / cases.length);
  }
  return best * 1000;
}

const parse = bestMicroseconds((i) => parseDocument(texts[i] ?? ''));
const rows: readonly (readonly [string, number])[] = [
  ['yaml package', parse],
  ['YAML as the API server reads it', bestMicroseconds((i) => readServerYaml(texts[i] ?? ''))],
  [
    'the whole admission chain',
    bestMicroseconds((i) => {
      const { object, world } = cases[i] ?? { object: {}, world: '' };
      return admit({ object, snapshot: snapshots.get(world) ?? empty, namespace: world });
    }),
  ],
];
for (const [name, microseconds] of rows) {
  const ratio = (microseconds / parse).toFixed(2);
  console.log(`${name.padEnd(34)} ${microseconds.toFixed(0).padStart(6)} µs  ${ratio} × parsing`);
}
