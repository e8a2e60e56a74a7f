/** A fix takes its finding away, leaves a manifest that is admitted, and brings no new error. */
import { describe, expect, it } from 'vitest';
import { RULES, type RaceRule } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { afterFixes, racesOf } from '../support/check-rule.ts';

describe('the fixes of races', () => {
  const fixes = RULES.flatMap((rule) =>
    rule.examples.racing.flatMap((text, i) =>
      afterFixes(rule, text).flatMap((of) =>
        of.map((it) => [`${rule.id} ${i}: ${it.title}`, rule, text, it.text, it.title] as const),
      ),
    ),
  );

  it.each(fixes)('%s', (_, rule, text, fixed) => {
    expect(racesOf(rule, fixed).length).toBeLessThan(racesOf(rule, text).length);
    expect(errorsOf(fixed).filter((it) => !errorsOf(text).includes(it))).toEqual([]);
  });

  it('are there for every error and warning, or the rule says why they are not', () => {
    const offered = (rule: RaceRule) => fixes.some(([, it]) => it === rule);
    const silent = RULES.filter((it) => it.severity !== 'information')
      .filter((it) => !offered(it) && !it.noFix)
      .map((it) => it.id);
    expect(silent).toEqual([]);
    expect(RULES.filter((it) => it.noFix && offered(it)).map((it) => it.id)).toEqual([]);
  });

  it('have titles that begin with a verb and are short', () => {
    for (const [, , , , title] of fixes) expect(title).toMatch(/^[A-Z][a-z]+ .{2,80}[^.]$/);
  });
});

/** What is broken or refused, and every race of severity error. */
function errorsOf(text: string): readonly string[] {
  const { findings } = analyse(text).analysis;
  return findings
    .filter((it) => it.severity === 'error')
    .map((it) => (it.isRule ? it.code : `${it.code}: ${it.message}`));
}
