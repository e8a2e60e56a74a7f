import { PLAIN, wrap, type CheckedFinding, type Style } from '../../features/index.ts';
import { TERMINAL } from '../terminal-style.ts';

const WIDTH = 96;

/** By file: a line and its explanation per finding, what to change, and a count at the end. */
export function writeHuman(findings: readonly CheckedFinding[], colour: boolean): string {
  const style = colour ? TERMINAL : PLAIN;
  const told = new Set<string>();
  const lines: string[] = [];
  for (const file of new Set(findings.map((it) => it.file))) {
    lines.push(style('strong', file));
    for (const it of findings) {
      if (it.file === file) lines.push(...findingLines(it, told, style));
    }
    lines.push('');
  }
  lines.push(countLine(findings));
  return `${lines.join('\n')}\n`;
}

function findingLines(it: CheckedFinding, told: Set<string>, style: Style): readonly string[] {
  const emphasis = it.severity === 'information' ? 'accent' : it.severity;
  const fix = it.fix ?? remedyOnce(it, told);
  return [
    `  ${it.line}:${it.column} ${style(emphasis, it.severity)} ${style('dim', it.code)}`,
    ...wrap(it.message, WIDTH).map((line) => `    ${line}`),
    ...it.related.map((other) => {
      const place = `${other.line}:${other.column}`;
      const where = other.file === it.file ? place : `${other.file}:${place}`;
      return `      ${style('dim', where)} ${other.message}`;
    }),
    ...(fix === undefined ? [] : fixLines(fix, style)),
  ];
}

/** The remedy is the rule's: with its first finding it is news, with the tenth it is noise. */
function remedyOnce({ code, remedy }: CheckedFinding, told: Set<string>): string | undefined {
  if (remedy === null || told.has(code)) return undefined;
  told.add(code);
  return remedy;
}

function fixLines(text: string, style: Style): readonly string[] {
  const lead = 'fix: ';
  const [first = '', ...rest] = wrap(text, WIDTH - lead.length);
  return [
    `    ${style('good', lead)}${first}`,
    ...rest.map((it) => `    ${' '.repeat(lead.length)}${it}`),
  ];
}

function countLine(findings: readonly CheckedFinding[]): string {
  if (findings.length === 0) return 'No findings.';
  const count = (severity: string, word: string) => {
    const number = findings.filter((it) => it.severity === severity).length;
    return `${number} ${word}${number === 1 ? '' : 's'}`;
  };
  return [count('error', 'error'), count('warning', 'warning'), count('information', 'note')].join(
    ', ',
  );
}
