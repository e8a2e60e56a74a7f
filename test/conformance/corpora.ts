import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ConformanceKind, Worlds } from './kind.ts';
import { admission } from './kinds/admission.ts';
import { endpoints } from './kinds/endpoints.ts';
import { lifecycle } from './kinds/lifecycle.ts';
import { rollouts } from './kinds/rollouts.ts';
import { scheduling } from './kinds/scheduling.ts';
import { workloads } from './kinds/workloads.ts';

// The cases are read from JSON and handed on as they are; each kind types its own.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyKind = ConformanceKind<any, any>;
// oxlint-disable-next-line typescript/no-explicit-any
type AnyCase = { id: string; expect: any };

export const KINDS = {
  admission,
  scheduling,
  endpoints,
  workloads,
  rollouts,
  lifecycle,
} satisfies Record<string, AnyKind> as Record<KindName, AnyKind>;

export type KindName =
  'admission' | 'scheduling' | 'endpoints' | 'workloads' | 'rollouts' | 'lifecycle';

export interface Corpus {
  readonly name: string;
  readonly kind: KindName;
  readonly file: string;
  readonly folder: URL;
}

export interface Score {
  right: number;
  of: number;
  readonly misses: string[];
}

const folder = path.resolve('test/conformance');

function corpus(name: string, kind: KindName): Corpus {
  return {
    name,
    kind,
    file: path.join(folder, 'corpora', `${name}.jsonl.gz`),
    folder: pathToFileURL(`${folder}/`),
  };
}

/** Every recorded corpus, and the kind that answers it. */
export const CORPORA: readonly Corpus[] = [
  corpus('admission', 'admission'),
  corpus('yaml', 'admission'),
  corpus('policies', 'admission'),
  corpus('scheduling', 'scheduling'),
  corpus('endpoints', 'endpoints'),
  corpus('workloads', 'workloads'),
  corpus('rollouts', 'rollouts'),
  corpus('lifecycle', 'lifecycle'),
];

/** A kind by its name, or by that of a corpus it answers. */
export function kindOf(name: string): AnyKind | undefined {
  const { kind } = CORPORA.find((it) => it.name === name) ?? {};
  return kind && KINDS[kind];
}

/** The cases of a `.jsonl` or `.jsonl.gz` file. */
export function readCases(file: string): AnyCase[] {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString(
    'utf8',
  );
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => withExpect(JSON.parse(line)));
}

/** The lifecycle corpus keeps its record beside the input: it becomes `expect` like all others. */
function withExpect(read: AnyCase & Record<string, unknown>): AnyCase {
  if (read.expect !== undefined || read['trace'] === undefined) return read;
  const { trace, relists, syncPhase, runs, ...input } = read;
  return { ...input, expect: { trace, relists, syncPhase, runs } };
}

export function loadWorlds(file: string | undefined): Worlds {
  const from = file ?? path.join(folder, 'corpora', 'worlds.json');
  if (!existsSync(from)) return { cluster: [], namespaces: {} };
  return JSON.parse(readFileSync(from, 'utf8')) as Worlds;
}

/** Answers every case of a corpus and counts agreement for each measure. */
export function measure({ file, kind }: Corpus, worlds: Worlds): Record<string, Score> {
  const scores: Record<string, Score> = {};
  for (const { expect, ...input } of readCases(file)) {
    let measures: Record<string, boolean>;
    try {
      const answer = JSON.parse(JSON.stringify(KINDS[kind].answer(input, worlds) ?? null));
      measures = KINDS[kind].compare(expect, answer, { ...input, expect });
    } catch (error) {
      measures = { crashed: false };
      console.error(`${input.id}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    for (const [name, ok] of Object.entries(measures)) {
      const score = (scores[name] ??= { right: 0, of: 0, misses: [] });
      score.of++;
      if (ok) score.right++;
      else score.misses.push(input.id);
    }
  }
  return scores;
}
