/**
 * How long one create request takes through the whole admission chain, and as a ratio to reading
 * the same object's YAML with the `yaml` package in the same process.
 */
import { parseDocument, stringify } from 'yaml';
import { admit } from '../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import { readServerYaml, type KubernetesObject } from '../../server/src/manifest/index.ts';
import { CORPORA, loadWorlds, readCases } from '../conformance/corpora.ts';
import { median, type Row } from './measure.ts';

const ROUNDS = 5;
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

/** Milliseconds for one object of the corpus. */
function each(work: (index: number) => unknown): number {
  const all = median(ROUNDS, () => {
    for (let i = 0; i < cases.length; i++) work(i);
  });
  return all / cases.length;
}

/** Ratios are to parsing with the `yaml` package. */
export function benchAdmission(): readonly Row[] {
  const parse = each((i) => parseDocument(texts[i] ?? ''));
  const row = (name: string, milliseconds: number): Row => ({
    name,
    milliseconds,
    ratio: milliseconds / parse,
    note: '× parsing',
  });
  return [
    row('parsing with the yaml package', parse),
    row(
      'YAML as the API server reads it',
      each((i) => readServerYaml(texts[i] ?? '')),
    ),
    row(
      'the whole admission chain',
      each((i) => {
        const { object, world } = cases[i] ?? { object: {}, world: '' };
        return admit({ object, snapshot: snapshots.get(world) ?? empty, namespace: world });
      }),
    ),
  ];
}
