import type { Log, ReportingDescriptor, Result } from 'sarif';
import { RULES_OVERVIEW, type CheckedFinding } from '../../features/index.ts';

const LEVELS = { error: 'error', warning: 'warning', information: 'note' } as const;

/** SARIF 2.1.0, as code scanning reads it. */
export function writeSarif(findings: readonly CheckedFinding[]): string {
  const used = new Set(findings.map((it) => it.code));
  const rules: ReportingDescriptor[] = RULES_OVERVIEW.filter((it) => used.has(it.id)).map((it) => ({
    id: it.id,
    shortDescription: { text: it.summary },
    fullDescription: { text: it.why },
    help: { text: it.remedy },
    defaultConfiguration: { level: LEVELS[it.severity] },
  }));
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Podsage', semanticVersion: '0.1.0', rules } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(toResult),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function toResult(finding: CheckedFinding): Result {
  return {
    ruleId: finding.code,
    level: LEVELS[finding.severity],
    message: { text: finding.message },
    locations: [{ physicalLocation: physical(finding) }],
    relatedLocations: finding.related.map((it, id) => ({
      id,
      message: { text: it.message },
      physicalLocation: physical(it),
    })),
    partialFingerprints: { podsage: finding.fingerprint },
  };
}

function physical(at: {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}) {
  return {
    artifactLocation: { uri: fileUri(at.file) },
    region: {
      startLine: at.line,
      startColumn: at.column,
      endLine: at.endLine,
      endColumn: at.endColumn,
    },
  };
}

/** Relative where the file is below the current folder, as code scanning wants it. */
function fileUri(file: string): string {
  const encoded = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${encoded}` : encoded;
}
