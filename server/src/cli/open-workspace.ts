/** Files and options to a workspace that answers. */
import { Workspace } from '../features/index.ts';
import type { SourceFile } from '../source/index.ts';
import type { Options, Terminal } from './invocation.ts';
import { UsageError } from './exit-status.ts';
import { readArguments, type ReadFiles } from './read-files.ts';

export interface OpenWorkspace {
  readonly workspace: Workspace;
  readonly files: ReadFiles;
}

/** Reads the files and makes the workspace; unreadable input is a usage error. */
export function openWorkspace(
  terminal: Terminal,
  args: readonly string[],
  options: Options,
): OpenWorkspace {
  const files = readArguments(args, options);
  const workspace = new Workspace((message) => terminal.err(`podsage: ${message}\n`));
  const { profile, kubernetesVersion } = options;
  if (profile !== undefined && !['lab', 'default', 'stressed'].includes(profile)) {
    throw new UsageError(`--profile must be lab, default or stressed, not "${profile}"`);
  }
  if (
    kubernetesVersion !== undefined &&
    !/^v?1\.(?:2[89]|3[0-6])(?:\.|$)/.test(kubernetesVersion)
  ) {
    throw new UsageError(`--kubernetes-version must be 1.28 to 1.36, not "${kubernetesVersion}"`);
  }
  workspace.configure({ profile, kubernetesVersion });
  const all = [...files.subjects, ...files.context, ...(files.config ? [files.config] : [])];
  workspace.applyChange(all.map((file) => ({ uri: file.uri, file })));
  return { workspace, files };
}

/** Why parts of the files are not explained; a file without workloads says so. */
export function writeNotes(
  terminal: Terminal,
  workspace: Workspace,
  subjects: readonly SourceFile[],
): void {
  for (const { uri } of subjects) {
    for (const note of workspace.notes(uri)) terminal.err(`podsage: ${note}\n`);
  }
}
