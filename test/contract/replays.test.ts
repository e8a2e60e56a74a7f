/**
 * Every rule is shown by a simulation: racing examples come to the bad outcome there, the same
 * after the fix and safe ones do not. What a witness says is what the simulation told.
 */
import { describe, expect, it } from 'vitest';
import { END_CAUSE_NAMES, type LifecycleTimeline } from '../../server/src/lifecycle/index.ts';
import type { WorkloadPrediction } from '../../server/src/prediction/index.ts';
import { RULES, type ReplayEntry, type WitnessStep } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { afterFirstFix, racesOf } from '../support/check-rule.ts';
import { play } from '../support/replay.ts';
import { impossibleStep, isTold, unknownSteps } from '../support/witness.ts';

for (const rule of RULES) {
  const { replay } = rule;
  describe(`the replay of ${rule.id}`, () => {
    it.each(rule.examples.racing.map((text, i) => [i, text] as const))(
      'comes to the bad outcome of racing example %i',
      (_, text) => {
        const { prediction } = analyse(text).analysis;
        for (const race of racesOf(rule, text)) {
          const own = prediction.workloads.find((it) => it.subject === race.workload?.subject);
          const { lost, by, traces } = play(replay, prediction, { ...race, workload: own });
          expect(lost, race.finding.message).toBe(true);
          expect([...by]).toContain(replay.by);
          const steps = race.finding.witness ?? [];
          if (!steps.some((it) => it.moment)) continue;
          expect(
            traces.some((it) => isTold(it, steps)),
            told(steps, traces),
          ).toBe(true);
          const reversed = steps.map((it) => ({ ...it, at: -it.at }));
          const several = new Set(steps.filter((it) => it.moment).map((it) => it.at)).size > 1;
          if (several) expect(traces.some((it) => isTold(it, reversed))).toBe(false);
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

/** What a witness says and what was told instead, for whoever has to mend one of them. */
function told(steps: readonly WitnessStep[], traces: readonly (readonly ReplayEntry[])[]): string {
  const said = steps.map((it) => `${it.at} ${it.moment ?? '-'} ${it.text}`);
  const all = traces.flatMap((trace) => [
    '--',
    ...trace.map(
      ({ t, source, what, container = '', detail = '' }) =>
        `${t.toFixed(2)} ${source}:${what}:${container}:${JSON.stringify(detail)}`,
    ),
  ]);
  return [...said, ...all].join('\n');
}

describe('the witnesses of races', () => {
  it('are told by the network or by a simulation, step by step', () => {
    const untold = RULES.filter((rule) =>
      rule.examples.racing.some((text) =>
        racesOf(rule, text).some(({ finding }) =>
          finding.witness?.some((it) => !it.event && !it.moment),
        ),
      ),
    );
    expect(untold.map((it) => it.id)).toEqual([]);
  });

  const told = RULES.flatMap((rule) =>
    rule.examples.racing.flatMap((text, i) =>
      racesOf(rule, text).flatMap(({ finding, workload }) => {
        const steps = finding.witness ?? [];
        if (!workload || !steps.some((it) => it.event)) return [];
        return [[`${rule.id} ${i}`, workload, steps] as const];
      }),
    ),
  );

  it.each(told)('%s: there is a run of the network that has these steps', (_, workload, steps) => {
    const timelines = timelinesOf(workload).filter((it) => unknownSteps(it, steps).length === 0);
    expect(timelines.length, 'a timeline with all these events').toBeGreaterThan(0);
    const refused = timelines.map((it) => impossibleStep(it, steps)?.text);
    expect(refused).toContain(undefined);
  });

  // Of a single event nobody can say that it is at the wrong time.
  const several = told.filter(([, , steps]) => steps.filter((it) => it.event).length > 1);
  it.each(several)(
    '%s: no run has the last of them an hour later, or first',
    (_, workload, steps) => {
      const last = steps.findLast((it) => it.event);
      const moved = (at: number) => steps.map((it) => (it === last ? { ...it, at } : it));
      for (const timeline of timelinesOf(workload)) {
        if (!last?.event || unknownSteps(timeline, steps).length > 0) continue;
        const { latest, earliest } = timeline.event(last.event)?.window ?? {};
        // What has no bound can be as late as one likes.
        if (latest !== Infinity)
          expect(impossibleStep(timeline, moved(last.at + 3600))).toBeDefined();
        if (earliest !== 0) expect(impossibleStep(timeline, moved(-1))).toBeDefined();
      }
    },
  );
});

function timelinesOf(workload: WorkloadPrediction): readonly LifecycleTimeline[] {
  const ends = END_CAUSE_NAMES.map((it) => workload.shutdown(it));
  return [workload.startup, ...ends].filter((it) => it !== undefined);
}
