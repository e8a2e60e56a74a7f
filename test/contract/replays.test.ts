/**
 * Every rule is shown by a simulation: racing examples come to the bad outcome there, the same
 * after the fix and safe ones do not. What no simulation can play is listed, and may not grow.
 */
import { describe, expect, it } from 'vitest';
import { RULES, type RaceRule } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { afterFirstFix, racesOf } from '../support/check-rule.ts';
import { play } from '../support/replay.ts';

const played = RULES.flatMap((rule) =>
  rule.replay && rule.replay.by !== 'nothing' ? [{ rule, replay: rule.replay }] : [],
);

for (const { rule, replay } of played) {
  describe(`the replay of ${rule.id}`, () => {
    it.each(rule.examples.racing.map((text, i) => [i, text] as const))(
      'comes to the bad outcome of racing example %i',
      (_, text) => {
        const { prediction } = analyse(text).analysis;
        for (const race of racesOf(rule, text)) {
          const own = prediction.workloads.find((it) => it.subject === race.workload?.subject);
          const { lost, by } = play(replay, prediction, { ...race, workload: own });
          const severity = race.finding.severity ?? rule.severity;
          if (lost === undefined && severity === 'information') continue;
          expect(lost, race.finding.message).toBe(true);
          expect([...by]).toContain(replay.by);
        }
      },
    );

    it.each(rule.examples.racing.map((text, i) => [i, text] as const))(
      'comes to no bad outcome after the fix of example %i',
      (_, text) => {
        const fixed = afterFirstFix(rule, text);
        if (fixed === undefined || racesOf(rule, fixed).length > 0) return;
        expect(play(replay, analyse(fixed).analysis.prediction).lost).not.toBe(true);
      },
    );

    it.each(rule.examples.safe.map((text, i) => [i, text] as const))(
      'comes to no bad outcome of safe example %i',
      (_, text) => {
        expect(play(replay, analyse(text).analysis.prediction).lost).not.toBe(true);
      },
    );
  });
}

export type Unplayed = Pick<RaceRule, 'id'>;
