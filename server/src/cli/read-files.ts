/** The only file of the command line that reads files. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { globSync } from 'tinyglobby';
import { clusterPatterns } from '../features/index.ts';
import { SourceFile } from '../source/index.ts';
import { UsageError } from './exit-status.ts';

/** What a run is about, and what it only knows. */
export interface ReadFiles {
  /** Named on the command line: these are explained. */
  readonly subjects: readonly SourceFile[];
  /** The declared cluster and the neighbours: part of the world. */
  readonly context: readonly SourceFile[];
  readonly config: SourceFile | undefined;
}

/** Reads what the arguments name: files, folders, globs, `-` for standard input. */
export function readArguments(
  args: readonly string[],
  options: { readonly config?: string | undefined },
): ReadFiles {
  const subjects = args.flatMap((it) => readArgument(it));
  const firstFile = args.find((it) => it !== '-');
  const config = readConfigFile(options.config, firstFile);
  const named = new Set(subjects.map((it) => it.uri));
  const context = config ? readCluster(config).filter((it) => !named.has(it.uri)) : [];
  return { subjects, context, config };
}

function readArgument(argument: string): readonly SourceFile[] {
  if (argument === '-')
    return [new SourceFile('stdin:///stdin.yaml', readText(0, 'standard input'))];
  if (existsSync(argument)) {
    if (!statSync(argument).isDirectory()) return [readFile(argument)];
    return globSync('**/*.{yaml,yml,json}', {
      cwd: argument,
      absolute: true,
      ignore: ['**/node_modules/**', '**/.git/**'],
    })
      .toSorted()
      .map(readFile);
  }
  const found = globSync(argument, { absolute: true }).toSorted();
  if (found.length === 0) throw new UsageError(`${argument}: no such file or folder`);
  return found.map(readFile);
}

/** `podsage.yaml` as named, or the nearest in the parent folders of the first file. */
function readConfigFile(
  named: string | undefined,
  first: string | undefined,
): SourceFile | undefined {
  if (named !== undefined) {
    if (!existsSync(named)) throw new UsageError(`${named}: no such file`);
    return readFile(named);
  }
  let folder = path.resolve(first ?? '.');
  if (existsSync(folder) && !statSync(folder).isDirectory()) folder = path.dirname(folder);
  for (;;) {
    const file = path.join(folder, 'podsage.yaml');
    if (existsSync(file)) return readFile(file);
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** The files that the configuration's `cluster:` names, relative to it. */
function readCluster(config: SourceFile): readonly SourceFile[] {
  const folder = path.dirname(new URL(config.uri).pathname);
  return globSync([...clusterPatterns(config)], { cwd: decodeURIComponent(folder), absolute: true })
    .toSorted()
    .map(readFile);
}

function readFile(file: string): SourceFile {
  return new SourceFile(pathToFileURL(path.resolve(file)).href, readText(file, file));
}

function readText(from: string | number, name: string): string {
  try {
    return readFileSync(from, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${name}: ${why}`);
  }
}
