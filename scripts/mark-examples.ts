// `npm run mark -- <rule> [<rule> …]`: writes what a rule says about its racing examples into them, as
// marks. What was marked before is replaced. Read the result: a mark is what users will see.
import { readFileSync, writeFileSync } from 'node:fs';
import { RULES, type RaceRule } from '../server/src/races/index.ts';
import { checkRule } from '../test/support/check-rule.ts';

const MARK = /^\s*#\s*(?:\^+|<-+|\|)\s/;

for (const id of process.argv.slice(2)) {
  const rule = RULES.find((it) => it.id === id);
  if (rule) markFile(rule);
  else console.error(`there is no rule ${id}; run \`npm run generate\` first`);
}

function markFile(rule: RaceRule): void {
  const file = `server/src/races/rules/${rule.id}.ts`;
  const lines = readFileSync(file, 'utf8').split('\n');
  const racing = lines.findIndex((it) => /^\s*racing: \[/.test(it));
  const safe = lines.findIndex((it) => /^\s*safe: \[/.test(it));
  const kept = lines.filter((it, i) => i < racing || i > safe || !MARK.test(it));
  let from = racing;
  for (const [number, text] of rule.examples.racing.entries()) {
    const bare = text
      .split('\n')
      .filter((it) => !MARK.test(it))
      .join('\n');
    const { found } = checkRule(rule, bare);
    if (found.length === 0)
      console.error(`${rule.id}: nothing is found in racing example ${number}`);
    const start = kept.findIndex((it, i) => i > from && it.includes('yaml`'));
    from = start + insertMarks(kept, start + 1, bare, found);
  }
  writeFileSync(file, kept.join('\n'));
  console.log(`marked ${file}`);
}

/** Puts the marks below their lines; returns how many lines the example then has. */
function insertMarks(
  lines: string[],
  start: number,
  example: string,
  found: ReturnType<typeof checkRule>['found'],
): number {
  const indent = (lines[start]?.length ?? 0) - (lines[start]?.trimStart().length ?? 0);
  const offsets = fileOffsets(example);
  const marks = found
    .map((it) => ({ ...it, at: start + it.line + (offsets.get(it.file) ?? 0) }))
    .toSorted((a, b) => b.at - a.at || Number(a.related) - Number(b.related));
  for (const { at, start: column, end, message, related } of marks) {
    const text = `${related ? 'related: ' : ''}${message}`
      .replaceAll('`', '\\`')
      .replaceAll('${', '\\${');
    const [head = '', ...more] = text.split('\n');
    const pointer =
      column >= 2
        ? `#${' '.repeat(column - 1)}${'^'.repeat(end - column)} ${head}`
        : `# <${'-'.repeat(end)} ${head}`;
    const pad = ' '.repeat(indent);
    lines.splice(at + 1, 0, `${pad}${pointer}`, ...more.map((it) => `${pad}#   | ${it}`));
  }
  return example.split('\n').length + marks.length;
}

/** The line of the example at which each of its files begins. */
function fileOffsets(example: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>([['file:///workspace/manifest.yaml', 0]]);
  for (const [i, line] of example.split('\n').entries()) {
    const name = /^#- (\S+)/.exec(line)?.[1];
    if (name) offsets.set(`file:///workspace/${name}`, i + 1);
  }
  return offsets;
}
