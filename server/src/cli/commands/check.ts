import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckedFinding, Workspace } from '../../features/index.ts';
import type { SourceFile } from '../../source/index.ts';
import { EXIT, UsageError, type ExitStatus } from '../exit-status.ts';
import type { Options, Terminal } from '../invocation.ts';
import { openWorkspace } from '../open-workspace.ts';
import { wantsColour } from '../terminal-style.ts';
import { writeGithub } from '../writers/github.ts';
import { writeHuman } from '../writers/human.ts';
import { writeJson } from '../writers/json.ts';
import { writeSarif } from '../writers/sarif.ts';

const WRITERS: Readonly<
  Record<string, (findings: readonly CheckedFinding[], colour: boolean) => string>
> = {
  human: writeHuman,
  json: writeJson,
  sarif: writeSarif,
  github: writeGithub,
};
const SEVERITIES = ['error', 'warning', 'information'];

/** `podsage check FILE…`: findings, and exit status 1 where one counts. */
export function check(terminal: Terminal, args: readonly string[], options: Options): ExitStatus {
  const format = options.json ? 'json' : (options.format ?? 'human');
  const writer = WRITERS[format];
  if (!writer)
    throw new UsageError(`--format must be ${Object.keys(WRITERS).join(', ')}, not "${format}"`);
  const least = SEVERITIES.indexOf(options.failOn ?? 'warning');
  if (least === -1)
    throw new UsageError(`--fail-on must be ${SEVERITIES.join(', ')}, not "${options.failOn}"`);
  const { workspace, files } = openWorkspace(terminal, args, options);
  const found = files.subjects
    .flatMap((it) => workspace.check(it.uri, displayName(it.uri)))
    .map(withNames);
  const baseline = options.baseline ?? declaredBaseline(workspace, files.config);
  const known = options.updateBaseline ? new Set<string>() : readBaseline(baseline);
  const fresh = found.filter((it) => !known.has(it.fingerprint));
  if (options.updateBaseline) writeBaseline(baseline, found);
  terminal.out(writer(fresh, wantsColour(options.color ?? terminal.colour, process.stdout)));
  writeUnchecked(terminal, workspace, files.subjects);
  if (options.updateBaseline) return EXIT.clean;
  return fresh.some((it) => SEVERITIES.indexOf(it.severity) <= least) ? EXIT.findings : EXIT.clean;
}

/** Without a word, "No findings" would be said of what was not read. */
function writeUnchecked(
  terminal: Terminal,
  workspace: Workspace,
  subjects: readonly SourceFile[],
): void {
  const skipped = subjects.flatMap((it) => workspace.skipped(it.uri));
  for (const note of skipped) terminal.err(`podsage: ${note}\n`);
  if (skipped.length === 0 && !subjects.some((it) => workspace.holdsObjects(it.uri))) {
    terminal.err('podsage: these files hold no Kubernetes object\n');
  }
}

/** The path as the user would type it. */
function displayName(uri: string): string {
  if (!uri.startsWith('file:')) return 'stdin';
  const full = fileURLToPath(uri);
  const here = `${process.cwd()}/`;
  return full.startsWith(here) ? full.slice(here.length) : full;
}

/** Related places may be in other files. */
function withNames(finding: CheckedFinding): CheckedFinding {
  const related = finding.related.map((it) => ({
    ...it,
    file: it.file.startsWith('file:') ? displayName(it.file) : it.file,
  }));
  return { ...finding, related };
}

/** The baseline that `podsage.yaml` names, relative to it. */
function declaredBaseline(
  workspace: Workspace,
  config: SourceFile | undefined,
): string | undefined {
  const { baseline } = workspace.analysis().config;
  if (baseline === undefined || !config) return undefined;
  return path.join(path.dirname(fileURLToPath(config.uri)), baseline);
}

function readBaseline(file: string | undefined): ReadonlySet<string> {
  if (file === undefined || !existsSync(file)) return new Set();
  try {
    const list: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return new Set(Array.isArray(list) ? list.map(String) : []);
  } catch {
    throw new UsageError(`${file}: not a baseline; write one with --update-baseline`);
  }
}

function writeBaseline(file: string | undefined, found: readonly CheckedFinding[]): void {
  if (file === undefined) throw new UsageError('--update-baseline needs --baseline FILE');
  const sorted = [...new Set(found.map((it) => it.fingerprint))].toSorted();
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
