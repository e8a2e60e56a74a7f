/** Findings with their texts, witnesses and fixes. */
import { RULES } from '../../races/index.ts';
import type { FindingView, FixView } from '../../protocol/index.ts';
import type { Finding } from '../findings.ts';
import { fixEdits } from '../fixes.ts';
import { placeIn, rangeIn } from '../places.ts';
import type { RaceFix } from '../../races/index.ts';

export function findingView(finding: Finding): FindingView {
  const rule = RULES.find((it) => it.id === finding.code);
  return {
    rule: finding.code,
    severity: finding.severity,
    message: finding.message,
    certainty: finding.certainty,
    place: placeIn(finding.file, finding.range),
    why: rule?.why.trim() ?? '',
    remedy: rule?.remedy ?? '',
    witness: finding.witness.map(({ at, text, event }) => ({ at, text, event: event ?? '' })),
    proof: [],
    fixes: fixViews(finding.fixes),
  };
}

export function fixViews(fixes: readonly RaceFix[]): readonly FixView[] {
  return fixes.flatMap((it) => {
    const fix = fixEdits(it);
    if (!fix) return [];
    const files = fix.files.map(({ file, edits }) => ({
      uri: file.uri,
      changes: edits.map(({ range, newText }) => ({ range: rangeIn(file, range), newText })),
    }));
    return [{ title: fix.title, files }];
  });
}
