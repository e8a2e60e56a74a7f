import type { CheckedFinding } from '../../features/index.ts';

const COMMANDS = { error: 'error', warning: 'warning', information: 'notice' } as const;

/** Workflow commands: annotations on the lines of a pull request. */
export function writeGithub(findings: readonly CheckedFinding[]): string {
  return findings
    .map((it) => {
      const at = `file=${escape(it.file)},line=${it.line},col=${it.column},title=${escape(it.code)}`;
      return `::${COMMANDS[it.severity]} ${at}::${escape(it.message)}\n`;
    })
    .join('');
}

function escape(text: string): string {
  return text
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C');
}
