import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES, type RaceRule } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { afterFirstFix, checkRule, racesOf } from '../support/check-rule.ts';

const FOLDER = 'server/src/races/rules';
const files = readdirSync(FOLDER).filter((it) => it.endsWith('.ts'));

describe('race rules', () => {
  it('are all in the generated list, under the name of their file', () => {
    expect(RULES.map((it) => `${it.id}.ts`).toSorted()).toEqual(files.toSorted());
  });

  it('have a page each in the documentation, and nothing else has', () => {
    expect(readdirSync('docs/rules').toSorted()).toEqual(
      RULES.map((it) => `${it.id}.md`).toSorted(),
    );
  });

  it('yield only to rules that exist', () => {
    const ids = new Set(RULES.map((it) => it.id));
    expect(RULES.flatMap((it) => it.yieldsTo ?? []).filter((it) => !ids.has(it))).toEqual([]);
  });
});

for (const rule of RULES) {
  describe(rule.id, () => {
    it('has texts that end in a full stop', () => {
      for (const text of [rule.summary, rule.why, rule.remedy]) expect(text.trim()).toMatch(/\.$/);
    });

    it('has racing and safe examples', () => {
      expect(rule.examples.racing.length).toBeGreaterThan(0);
      expect(rule.examples.safe.length).toBeGreaterThan(0);
    });

    it.each(rule.examples.racing.map((text, i) => [i, text] as const))(
      'says exactly what racing example %i marks',
      (_, text) => {
        const { expected, found } = checkRule(rule, text);
        expect(expected.length).toBeGreaterThan(0);
        expect(found).toEqual(expected);
      },
    );

    it.each(rule.examples.safe.map((text, i) => [i, text] as const))(
      'is silent about safe example %i',
      (_, text) => {
        expect(checkRule(rule, text)).toEqual({ expected: [], found: [] });
      },
    );

    it.each(rule.examples.racing.map((text, i) => [i, text] as const))(
      'offers only fixes that remove the finding of example %i',
      (_, text) => {
        const before = racesOf(rule, text);
        const fixed = afterFirstFix(rule, text);
        if (fixed === undefined) return;
        const at = (it: (typeof before)[number]) => it.finding.message;
        expect(racesOf(rule, fixed).length).toBeLessThan(before.length);
        expect(racesOf(rule, fixed).map(at)).not.toContain(before[0] && at(before[0]));
      },
    );

    it('shows witnesses whose steps are in the order of time', () => {
      for (const { finding } of rule.examples.racing.flatMap((it) => racesOf(rule, it))) {
        const times = (finding.witness ?? []).map((it) => it.at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }
    });

    it('has examples that the API server accepts', () => {
      for (const text of [...rule.examples.racing, ...rule.examples.safe]) {
        expect(refusals(text), text).toEqual([]);
      }
    });
  });
}

function refusals(text: string): readonly string[] {
  return analyse(text)
    .analysis.prediction.world.admitted.filter((it) => !it.admission.allowed)
    .map((it) => it.admission.message);
}

/** Every id of the catalogue is a rule, or `docs/rules.md` says why not. */
describe('the catalogue', () => {
  it('is implemented, or the reason is written down', () => {
    const catalogue = JSON.parse(readFileSync('test/contract/race-catalogue.json', 'utf8')) as {
      readonly ids: readonly string[];
      readonly left: Readonly<Record<string, string>>;
    };
    const implemented = new Set(RULES.map((it: RaceRule) => it.id));
    const missing = catalogue.ids.filter((it) => !implemented.has(it) && !catalogue.left[it]);
    expect(missing).toEqual([]);
    // A reason that is no longer needed is a lie.
    expect(Object.keys(catalogue.left).filter((it) => implemented.has(it))).toEqual([]);
  });
});
