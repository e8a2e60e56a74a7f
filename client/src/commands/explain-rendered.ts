// Renders the chart or kustomization around the active file by the user's own program, and opens
// the result as a document that is explained like any other.
import * as vscode from 'vscode';
import { fileExists } from '../file-exists.ts';
import type { Command } from './command.ts';

/** What tells a folder that can be rendered, and the command that does it there. */
const PROJECTS: readonly (readonly [string, string])[] = [
  ['Chart.yaml', 'helm template .'],
  ['kustomization.yaml', 'kubectl kustomize .'],
  ['kustomization.yml', 'kubectl kustomize .'],
  ['Kustomization', 'kubectl kustomize .'],
];
const PROGRAMS = ['helm', 'kubectl', 'kustomize'];

export const explainRendered: Command['run'] = async ({ runProgram, log }) => {
  if (!runProgram) return tell('programs cannot be run in a browser.');
  if (!vscode.workspace.isTrusted) return tell('programs run in trusted workspaces only.');
  const project = await projectOf(vscode.window.activeTextEditor?.document.uri);
  if (!project) return tell('there is no Chart.yaml or kustomization.yaml above the active file.');
  const folder = project.folder.fsPath;
  const line = await vscode.window.showInputBox({
    title: `Runs in ${folder} when you press Enter`,
    value: project.command,
    prompt: 'Its output is opened and explained. Add values files or other arguments as needed.',
    validateInput: whyNotRun,
  });
  if (line === undefined) return;
  const [program = '', ...args] = wordsOf(line);
  log.info(`${folder}: ${line}`);
  try {
    const content = await runProgram(program, args, folder);
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error(message);
    void vscode.window.showErrorMessage(`Podsage: ${line}: ${message}`);
  }
};

function tell(why: string): void {
  void vscode.window.showInformationMessage(`Podsage: ${why}`);
}

/** The nearest folder above a file that can be rendered, within the workspace. */
async function projectOf(
  file: vscode.Uri | undefined,
): Promise<{ folder: vscode.Uri; command: string } | undefined> {
  const root = file && vscode.workspace.getWorkspaceFolder(file)?.uri;
  if (!file || file.scheme !== 'file' || !root) return undefined;
  let folder = vscode.Uri.joinPath(file, '..');
  while (folder.path.startsWith(root.path)) {
    for (const [name, command] of PROJECTS) {
      if (await fileExists(vscode.Uri.joinPath(folder, name))) return { folder, command };
    }
    const above = vscode.Uri.joinPath(folder, '..');
    if (above.path === folder.path) break;
    folder = above;
  }
  return undefined;
}

/** Why a command line is not run; undefined where it is. */
export function whyNotRun(line: string): string | undefined {
  const [program] = wordsOf(line);
  return program !== undefined && PROGRAMS.includes(program)
    ? undefined
    : `It must begin with ${PROGRAMS.join(', ')}; no shell is started.`;
}

/** The words of a command line; quotes keep spaces together. */
export function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((it) => it.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}
