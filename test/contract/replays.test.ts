/**
 * Every rule is shown by a simulation: racing examples come to the bad outcome there, the same
 * after the fix and safe ones do not. What no simulation can play is listed, and may not grow.
 */
import { describe, expect, it } from 'vitest';
import { END_CAUSE_NAMES, type LifecycleTimeline } from '../../server/src/lifecycle/index.ts';
import type { WorkloadPrediction } from '../../server/src/prediction/index.ts';
import { RULES } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { afterFirstFix, racesOf } from '../support/check-rule.ts';
import { play } from '../support/replay.ts';
import { impossibleStep, unknownSteps } from '../support/witness.ts';

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

/** Only what lies outside the cluster, or is chance, may stand here. The list gets no longer. */
const UNPLAYED: readonly string[] = [
  'apply-order-missing-prerequisite',
  'config-env-skew',
  'config-optional-race',
  'cronjob-overlap',
  'emptydir-memory-oom',
  'ephemeral-limit-eviction',
  'frozen-config-during-termination',
  'hpa-replicas-conflict',
  'image-tag-drift',
  'job-deadline-vs-retry',
  'keepalive-longer-than-drain',
  'service-env-ordering',
  'topology-skew-rollout',
];

describe('rules that no simulation plays', () => {
  it('are those that are known, each with its reason', () => {
    const unplayed = RULES.filter(({ replay }) => replay?.by === 'nothing').map((it) => it.id);
    expect(unplayed.toSorted()).toEqual(UNPLAYED);
  });

  it('are none of severity error or warning without a word about it', () => {
    const silent = RULES.filter((it) => it.severity !== 'information' && !it.replay);
    expect(silent.map((it) => it.id)).toEqual([]);
  });
});

describe('the witnesses of races', () => {
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
