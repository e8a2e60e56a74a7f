/** Findings as an editor underlines them. */
import { formatSeconds } from '../explanation/index.ts';
import type { TextRange } from '../source/index.ts';
import type { Finding } from './findings.ts';

export interface RelatedRange {
  readonly uri: string;
  readonly range: TextRange;
  readonly message: string;
}

export interface FileDiagnostic {
  readonly range: TextRange;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  /** The rule or the problem's code. */
  readonly code: string;
  readonly message: string;
  /** Address of the rule's page. */
  readonly docs?: string;
  readonly related?: readonly RelatedRange[];
  /** Faded rather than underlined. */
  readonly unnecessary?: boolean;
}

/** A witness is read as steps below the diagnostic; more would bury the list. */
const MAX_WITNESS = 8;

export function fileDiagnostics(findings: readonly Finding[]): readonly FileDiagnostic[] {
  return findings.map(toDiagnostic);
}

export function toDiagnostic(finding: Finding): FileDiagnostic {
  const { file, range } = finding;
  const related = finding.related.map((it) => ({
    uri: it.file.uri,
    range: it.range,
    message: it.message,
  }));
  const witness = finding.witness.slice(0, MAX_WITNESS).map(({ at, text }) => ({
    uri: file.uri,
    range,
    message: `${formatSeconds(at)}: ${text}`,
  }));
  return {
    range,
    severity: finding.severity,
    code: finding.code,
    message: finding.message,
    related: [...related, ...witness],
    ...(finding.code === 'suppression-unused' ? { unnecessary: true } : {}),
  };
}
