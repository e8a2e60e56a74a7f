import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CORPORA, loadWorlds, measure } from './corpora.ts';

type Floors = Readonly<Record<string, Readonly<Record<string, number>>>>;

const floors = JSON.parse(readFileSync('test/conformance/floors.json', 'utf8')) as Floors;

describe('agreement with the recorded control plane', () => {
  for (const corpus of CORPORA) {
    it(`does not fall below the floor of ${corpus.name}`, () => {
      const scores = measure(corpus, loadWorlds(undefined));
      const reached = Object.fromEntries(
        Object.entries(scores).map(([name, { right, of }]) => [name, (100 * right) / of]),
      );
      // A measure without a floor would hold nothing.
      expect(Object.keys(floors[corpus.name] ?? {}).toSorted()).toEqual(
        Object.keys(reached).toSorted(),
      );
      for (const [name, floor] of Object.entries(floors[corpus.name] ?? {})) {
        expect(reached[name], `${corpus.name} ${name}`).toBeGreaterThanOrEqual(floor);
      }
    });
  }
});
