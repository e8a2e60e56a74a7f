/** A fix takes its finding away, leaves a manifest that is admitted, and brings no new error. */
import { describe, expect, it } from 'vitest';
import { findRaces, RULES } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';
import { afterFirstFix, racesOf } from '../support/check-rule.ts';

/**
 * Rules of severity error or warning without a fix: what is right is somebody's intention, another
 * image or another design, and no edit of a field is safe. The list may only get shorter.
 */
const WITHOUT_FIX: readonly string[] = [
  'apply-order-missing-prerequisite',
  'config-env-skew',
  'duplicate-port-in-pod',
  'force-delete-duplicate-identity',
  'grpc-http2-pinned',
  'image-tag-drift',
  'init-dependency-cycle',
  'init-network-before-mesh',
  'init-not-idempotent-concurrent',
  'job-legacy-sidecar-never-completes',
  'keepalive-longer-than-drain',
  'legacy-sidecar-starts-late',
  'node-shutdown-budget',
  'pdb-overlap',
  'poststart-hangs-pod',
  'poststart-or-pull-blocks-delete',
  'poststart-vs-entrypoint',
  'readiness-gate-no-controller',
  'selector-matches-two-workloads',
  'sidecar-blocks-init',
  'statefulset-stuck-rollback',
  'udp-stale-flow',
];

describe('the fixes of races', () => {
  const examples = RULES.flatMap((rule) =>
    rule.examples.racing.map((text, i) => [`${rule.id} ${i}`, rule, text] as const),
  );

  it.each(examples)('%s: its fix brings no error and no refusal', (_, rule, text) => {
    const fixed = afterFirstFix(rule, text);
    if (fixed === undefined) return;
    expect(racesOf(rule, fixed).length).toBeLessThan(racesOf(rule, text).length);
    expect(errorsOf(fixed).filter((it) => !errorsOf(text).includes(it))).toEqual([]);
  });

  it('are missing only where no edit is safe', () => {
    const missing = RULES.filter((rule) => rule.severity !== 'information').filter((rule) =>
      rule.examples.racing.every((text) => afterFirstFix(rule, text) === undefined),
    );
    expect(missing.map((it) => it.id).toSorted()).toEqual([...WITHOUT_FIX].toSorted());
  });
});

/** What is refused, and every race of severity error. */
function errorsOf(text: string): readonly string[] {
  const { prediction } = analyse(text).analysis;
  const pods = prediction.workloads.flatMap((it) => it.pods);
  const refused = [...prediction.world.admitted, ...pods].flatMap(({ admission }) =>
    admission.allowed ? [] : [admission.message],
  );
  const errors = findRaces(RULES, prediction, (it) => {
    throw new Error(it);
  }).filter(({ rule, finding }) => (finding.severity ?? rule.severity) === 'error');
  return [...refused, ...errors.map(({ rule }) => rule.id)];
}
