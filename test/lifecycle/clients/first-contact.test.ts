/** A new pod's first call, and replicas that elect a leader. */
import { describe, expect, it } from 'vitest';
import {
  simulateElection,
  simulateFirstContact,
  type ElectionPlan,
  type FirstContact,
} from '../../../server/src/lifecycle/clients/index.ts';

function told(contact: Partial<FirstContact>): readonly string[] {
  return simulateFirstContact({ name: 'app', calls: 1, known: 3, ...contact }).map(
    ({ t, what }) => `${t} ${what}`,
  );
}

describe('a first call', () => {
  const peer = { namespace: 'shop', namespaceLabels: {} };
  const gate = (from?: { podSelector: { matchLabels: Record<string, string> } }[]) => ({
    policies: [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'db' },
        spec: { podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from }] },
      } as never,
    ],
    server: { ...peer, labels: { app: 'db' } },
    caller: { ...peer, labels: { app: 'web' } },
  });
  const web = [{ podSelector: { matchLabels: { app: 'web' } } }];

  it('that a policy admits by labels is let in when TCP tries again', () => {
    expect(told({ gate: gate(web) })).toEqual(['1 dropped', '2 dropped', '3 knows', '4 connected']);
  });

  it('is too late for a short time-out', () => {
    expect(told({ gate: gate(web), giveUpSeconds: 1.5 })).toContain('2.5 timed-out');
  });

  it('that a policy admits from anybody gets in at once', () => {
    expect(told({ gate: gate() })).toEqual(['1 connected', '3 knows']);
  });

  it('that no policy admits never gets in', () => {
    const other = [{ podSelector: { matchLabels: { app: 'other' } } }];
    expect(told({ gate: gate(other) }).at(-1)).toBe('128 timed-out');
  });

  it('to an agent is refused, and asked again only where the app does', () => {
    expect(told({})).toEqual(['1 refused', '1 gave-up', '3 knows']);
    expect(told({ retrySeconds: 1.5 })).toEqual([
      '1 refused',
      '2.5 refused',
      '3 knows',
      '4 answered',
    ]);
  });
});

describe('an election', () => {
  const leaders = (plan: Partial<ElectionPlan>) =>
    simulateElection({
      candidates: [
        { name: 'a', starts: 0, cancelled: 100 },
        { name: 'b', starts: 1, cancelled: Infinity },
      ],
      leaseSeconds: 15,
      retrySeconds: 2,
      releases: false,
      until: 200,
      ...plan,
    });

  it('waits for the lease to be over, counted from when its last change was seen', () => {
    const next = leaders({}).findLast((it) => it.what === 'leads');
    expect(next?.container).toBe('b');
    // Renewed at 98 or later, seen up to 4.4 s after that, looked at every 2 to 4.4 s.
    expect(next?.t).toBeGreaterThanOrEqual(113);
    expect(next?.latest).toBeLessThanOrEqual(124);
  });

  it('is over at the next look where the leader releases its lease', () => {
    const next = leaders({ releases: true }).findLast((it) => it.what === 'leads');
    expect(next?.t).toBeGreaterThanOrEqual(100);
    expect(next?.latest).toBeLessThanOrEqual(104.5);
  });
});
