import type { CheckedFinding } from '../../features/index.ts';

/** The findings as a JSON list. */
export function writeJson(findings: readonly CheckedFinding[]): string {
  return `${JSON.stringify(findings, null, 2)}\n`;
}
