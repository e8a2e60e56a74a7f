// What tests in the extension host do with the editor.
import * as vscode from 'vscode';
import type { PodsageApi } from '../../../client/src/extension.ts';

/** Asks again until there is an answer. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds = 60_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A file of the workspace. */
export function uriOf(file: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error('the tests need a workspace');
  return vscode.Uri.joinPath(folder.uri, file);
}

/** Opens a file with the cursor on the first line that holds the text. */
export async function openAt(file: string, text = ''): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(uriOf(file));
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  const position = document.positionAt(Math.max(0, document.getText().indexOf(text)));
  editor.selection = new vscode.Selection(position, position);
  return editor;
}

/** The extension, active, with its server answering. */
export async function podsage(): Promise<PodsageApi> {
  const extension = vscode.extensions.getExtension<PodsageApi>('podsage.podsage');
  if (!extension) throw new Error('the extension is not there');
  const api = await extension.activate();
  await until('the server', () => api.state() === 'healthy');
  return api;
}

export function podsageDiagnostics(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter((it) => it.source === 'podsage');
}

/** Replaces the first such text of the document. */
export async function replaceText(
  document: vscode.TextDocument,
  from: string,
  to: string,
): Promise<void> {
  const start = document.getText().indexOf(from);
  const range = new vscode.Range(
    document.positionAt(start),
    document.positionAt(start + from.length),
  );
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, to);
  await vscode.workspace.applyEdit(edit);
}

/** The markdown of all hovers at a text. */
export async function hoverAt(document: vscode.TextDocument, text: string): Promise<string> {
  const position = document.positionAt(document.getText().indexOf(text) + 1);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap((it) => it.contents)
    .map((it) => (typeof it === 'string' ? it : it.value))
    .join('\n');
}
