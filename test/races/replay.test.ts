import { describe, expect, it } from 'vitest';
import { RULES, type RaceRule } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { racesOf } from '../support/check-rule.ts';
import { play } from '../support/replay.ts';
import { impossibleStep } from '../support/witness.ts';

const rule = (id: string): RaceRule => {
  const found = RULES.find((it) => it.id === id);
  if (!found) throw new Error(`no rule ${id}`);
  return found;
};
const lost = (id: string, text: string) => {
  return play(rule(id).replay, analyse(text).analysis.prediction).lost;
};
const pod = (seconds: number) => `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  terminationGracePeriodSeconds: 20
  containers:
    - name: app
      image: registry.example/web:1
      lifecycle: { preStop: { sleep: { seconds: ${seconds} } } }
`;

describe('a replay', () => {
  it('is lost where the hook leaves the app two seconds, and not where it leaves three', () => {
    expect(lost('prestop-fills-grace', pod(18))).toBe(true);
    expect(lost('prestop-fills-grace', pod(17))).toBe(false);
  });

  it('asks the simulation: an app that is never deleted is never cut', () => {
    const never: Extract<NonNullable<RaceRule['replay']>, { lost: unknown }> = {
      by: 'kubelet',
      lost: (story) => story.live().has('app:signal'),
    };
    expect(play(never, analyse(pod(18)).analysis.prediction)).toMatchObject({
      lost: false,
      by: new Set(['kubelet']),
    });
  });
});

describe('a witness', () => {
  const [text = ''] = rule('no-prestop-endpoint-race').examples.racing;
  const [race] = racesOf(rule('no-prestop-endpoint-race'), text);
  const timeline = race?.workload?.shutdown('delete');
  const steps = race?.finding.witness ?? [];
  const first = timeline && impossibleStep(timeline, steps);

  it('that the rule tells is a run of the network', () => {
    expect(steps.length).toBeGreaterThan(3);
    expect(first).toBeUndefined();
  });

  it('is refused with SIGTERM before the kubelet sees the deletion', () => {
    const early = steps.map((it) => (it.event === 'stops-accepting:app' ? { ...it, at: 0 } : it));
    expect(timeline && impossibleStep(timeline, early)?.event).toBe('stops-accepting:app');
  });

  it('is refused with a kube-proxy that takes longer than the profile allows', () => {
    const late = steps.map((it) =>
      it.event?.startsWith('forgotten:') ? { ...it, at: it.at + 1 } : it,
    );
    expect(timeline && impossibleStep(timeline, late)?.event).toBe('forgotten:cluster-ip/web');
  });
});
