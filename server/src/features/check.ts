/** Findings as reports have them: lines and columns from one, a fingerprint that survives edits. */
import type { SourceFile, TextRange } from '../source/index.ts';
import type { Finding } from './findings.ts';
import { fixEdits } from './fixes.ts';
import { RULES_OVERVIEW } from './rule-texts.ts';

const REMEDIES: ReadonlyMap<string, string> = new Map(
  RULES_OVERVIEW.map((it) => [it.id, it.remedy]),
);

/** A place in a report. */
export interface CheckedPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface CheckedFinding extends CheckedPlace {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly subject: string | null;
  readonly related: readonly (CheckedPlace & { readonly message: string })[];
  /** The title of the first quick fix; null where there is none. */
  readonly fix: string | null;
  /** What the rule says is to be changed; null for what is no rule. */
  readonly remedy: string | null;
  /** The same for the same finding of the same object, wherever its lines moved. */
  readonly fingerprint: string;
}

export function checkedFindings(
  findings: readonly Finding[],
  name: string,
): readonly CheckedFinding[] {
  return findings.map((finding) => ({
    ...checkedPlace(finding.file, finding.range, name),
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    subject: finding.subject ?? null,
    related: finding.related.map((it) => ({
      ...checkedPlace(it.file, it.range, it.file === finding.file ? name : it.file.uri),
      message: it.message,
    })),
    fix: finding.fixes.find((it) => fixEdits(it))?.title ?? null,
    remedy: finding.isRule ? (REMEDIES.get(finding.code) ?? null) : null,
    fingerprint: fingerprint(
      `${name}\n${finding.code}\n${finding.subject ?? ''}\n${finding.message}`,
    ),
  }));
}

function checkedPlace(file: SourceFile, range: TextRange, name: string): CheckedPlace {
  const start = file.lines.at(range.start);
  const end = file.lines.at(range.end);
  return {
    file: name,
    line: start.line + 1,
    column: start.column + 1,
    endLine: end.line + 1,
    endColumn: end.column + 1,
  };
}

/** FNV-1a over UTF-16 units, twice with other seeds: 64 bits as hex. */
function fingerprint(text: string): string {
  return [0x811c9dc5, 0x01234567]
    .map((seed) => {
      let hash = seed;
      for (let i = 0; i < text.length; i++) {
        hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      }
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
