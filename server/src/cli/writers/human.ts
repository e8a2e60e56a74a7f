import { PLAIN, wrap, type CheckedFinding } from '../../features/index.ts';
import { TERMINAL } from '../terminal-style.ts';

/** A line and its explanation per finding, and a count. */
export function writeHuman(findings: readonly CheckedFinding[], colour: boolean): string {
  const style = colour ? TERMINAL : PLAIN;
  const lines: string[] = [];
  for (const it of findings) {
    const emphasis = it.severity === 'information' ? 'accent' : it.severity;
    const place = `${it.file}:${it.line}:${it.column}`;
    lines.push(
      `${style('strong', place)}: ${style(emphasis, it.severity)} ${style('dim', it.code)}`,
    );
    for (const line of wrap(it.message, 96)) lines.push(`  ${line}`);
    for (const related of it.related) {
      lines.push(
        `    ${style('dim', `${related.file}:${related.line}:${related.column}`)} ${related.message}`,
      );
    }
  }
  const count = (severity: string, word: string) => {
    const number = findings.filter((it) => it.severity === severity).length;
    return `${number} ${word}${number === 1 ? '' : 's'}`;
  };
  lines.push(
    findings.length === 0
      ? 'No findings.'
      : [count('error', 'error'), count('warning', 'warning'), count('information', 'note')].join(
          ', ',
        ),
  );
  return `${lines.join('\n')}\n`;
}
