/**
 * `npm run conformance`: how far the prediction agrees with the recorded control plane.
 *
 *   npm run conformance                          the table of all corpora
 *   npm run conformance -- KIND [--misses N]     one kind, with the first N misses of each measure
 *   npm run conformance -- --case ID             one case: what was recorded and what we answer
 *   npm run -s conformance -- --answer KIND FILE [--worlds FILE]
 *                                                one line {"id":…,"answer":…} per case of FILE
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CORPORA, kindOf, KINDS, loadWorlds, measure, readCases, type Score } from './corpora.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    answer: { type: 'string' },
    worlds: { type: 'string' },
    misses: { type: 'string' },
    case: { type: 'string' },
    json: { type: 'boolean' },
  },
});

if (values.answer !== undefined) answerFile(values.answer, positionals[0]);
else if (values.case !== undefined) showCase(values.case);
else showTable(positionals[0]);

function answerFile(name: string, file: string | undefined): void {
  const kind = kindOf(name);
  if (!kind || file === undefined) {
    const names = new Set([...Object.keys(KINDS), ...CORPORA.map((it) => it.name)]);
    console.error(`usage: --answer ${[...names].join('|')} FILE [--worlds FILE]`);
    process.exitCode = 2;
    return;
  }
  const worlds = loadWorlds(values.worlds);
  for (const { expect: _, ...input } of readCases(file)) {
    process.stdout.write(`${JSON.stringify({ id: input.id, answer: answerOf(input) })}\n`);
  }

  /** A case that fails is told, and the others are answered all the same. */
  function answerOf(input: { readonly id: string }): unknown {
    try {
      return kind?.answer(input, worlds) ?? null;
    } catch (error) {
      console.error(`${input.id}: ${error instanceof Error ? error.stack : String(error)}`);
      process.exitCode = 3;
      return null;
    }
  }
}

function showCase(id: string): void {
  for (const { file, kind } of CORPORA) {
    for (const { expect, ...input } of readCases(file)) {
      if (input.id !== id) continue;
      const answer = KINDS[kind].answer(input, loadWorlds(undefined));
      console.log(JSON.stringify({ input, expect, answer }, null, 1));
      console.log(KINDS[kind].compare(expect, answer, { ...input, expect }));
    }
  }
}

function showTable(only: string | undefined): void {
  const floors = JSON.parse(readFileSync(new URL('floors.json', CORPORA[0]!.folder), 'utf8'));
  for (const corpus of CORPORA) {
    if (only !== undefined && only !== corpus.kind && only !== corpus.name) continue;
    const scores = measure(corpus, loadWorlds(undefined));
    for (const [name, score] of Object.entries(scores))
      printScore(corpus.name, name, score, floors);
  }
}

function printScore(
  corpus: string,
  name: string,
  { right, of, misses }: Score,
  floors: Record<string, Record<string, number>>,
): void {
  const percent = of === 0 ? 100 : (100 * right) / of;
  const floor = floors[corpus]?.[name];
  const label = `${corpus.padEnd(18)} ${name.padEnd(22)}`;
  const numbers = `${percent.toFixed(2).padStart(6)} %  ${right}/${of}`;
  console.log(`${label} ${numbers}${floor === undefined ? '' : `  (floor ${floor})`}`);
  for (const id of misses.slice(0, Number(values.misses ?? 0))) console.log(`    ${id}`);
}
