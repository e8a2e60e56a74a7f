/** Incidents that others have had: `examples/incidents`, flagged before the fix and clean after it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { locate } from '../../server/src/manifest/index.ts';
import { findRaces, RULES } from '../../server/src/races/index.ts';
import { analyse, type Analysed } from '../support/analyse.ts';

const FOLDER = 'examples/incidents';

/** What is said before the fix: the rule, how bad it is, and the text it is said of. */
const INCIDENTS = {
  'distroless-sleep.yaml': ['exec-prestop-shellless', 'error', 'command'],
  'hook-fills-grace.yaml': ['prestop-fills-grace', 'error', '30'],
  'init-own-service.yaml': [
    'init-waits-own-service',
    'error',
    '"until wget -q -O- http://ledger/ready; do sleep 2; done"',
  ],
  'load-balancer.yaml': ['lb-deregistration-longer-than-grace', 'warning', '5'],
  'mesh-proxy-first.yaml': ['legacy-sidecar-exits-first', 'warning', 'istio-proxy'],
  // No file says what the class's volumes are.
  'volume-never-rolls.yaml': ['rwo-rolling-deadlock', 'warning', 'wiki-data'],
} as const;

describe('an incident', () => {
  it('is there before and after its fix, and tested', () => {
    const names = Object.keys(INCIDENTS).toSorted();
    expect(readdirSync(`${FOLDER}/before`).toSorted()).toEqual(names);
    expect(readdirSync(`${FOLDER}/after`).toSorted()).toEqual(names);
  });

  it.each(Object.entries(INCIDENTS))('%s is flagged for its cause alone', (name, expected) => {
    const all = findings(`${FOLDER}/before/${name}`);
    expect(all.filter(([, severity]) => severity !== 'information')).toEqual([expected]);
  });

  it.each(Object.keys(INCIDENTS))('%s is clean after its fix', (name) => {
    expect(findings(`${FOLDER}/after/${name}`)).toEqual([]);
  });

  it.each(Object.keys(INCIDENTS))('%s is accepted by the API server both times', (name) => {
    for (const stage of ['before', 'after']) {
      const { analysis } = analyseInCluster(`${FOLDER}/${stage}/${name}`);
      const refused = analysis.prediction.world.admitted.filter((it) => !it.admission.allowed);
      expect(refused.map((it) => it.admission.message)).toEqual([]);
    }
  });
});

/** A manifest in the cluster that `examples/podsage.yaml` declares, as an editor would see it. */
function analyseInCluster(file: string): Analysed {
  const cluster = readdirSync('examples/cluster').map((it) => `cluster/${it}`);
  const parts = ['podsage.yaml', ...cluster].map((it) => [it, `examples/${it}`] as const);
  const files = [...parts, ['incident.yaml', file] as const];
  const text = files.map(([name, from]) => `#- ${name}\n${readFileSync(from, 'utf8')}`).join('\n');
  return analyse(text);
}

/** What the rules find, each with how bad it is and the text it is said of. */
function findings(file: string): readonly (readonly string[])[] {
  const { analysis } = analyseInCluster(file);
  const found = findRaces(RULES, analysis.prediction, (it) => {
    throw new Error(it);
  });
  return found.map(({ rule, finding }) => {
    const place = locate(finding.at);
    const text = place?.file.text.slice(place.range.start, place.range.end) ?? '';
    return [rule.id, finding.severity ?? rule.severity, text];
  });
}
