// What the user does in a panel becomes a command to the editor.
import * as vscode from 'vscode';
import type { FromWebview, Place, Range } from '../../server/src/protocol/index.ts';

export type EditorIntent = Extract<FromWebview, { type: 'reveal' | 'applyEdit' | 'export' }>;

export async function actOn(intent: EditorIntent): Promise<void> {
  switch (intent.type) {
    case 'reveal':
      return reveal(intent.place);
    case 'applyEdit': {
      const edit = new vscode.WorkspaceEdit();
      for (const { uri, changes } of intent.files) {
        const file = vscode.Uri.parse(uri);
        for (const { range, newText } of changes) edit.replace(file, toRange(range), newText);
      }
      await vscode.workspace.applyEdit(edit);
      return;
    }
    case 'export':
      return save(intent);
  }
}

/** In the column where the file is already visible, else beside the panel. */
async function reveal({ uri, range }: Place): Promise<void> {
  const visible = vscode.window.visibleTextEditors.find((it) => it.document.uri.toString() === uri);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  await vscode.window.showTextDocument(document, {
    selection: toRange(range),
    viewColumn: visible?.viewColumn ?? vscode.ViewColumn.One,
  });
}

type Export = Extract<FromWebview, { type: 'export' }>;

async function save({ fileName, content, encoding }: Export): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const options = folder ? { defaultUri: vscode.Uri.joinPath(folder, fileName) } : {};
  const target = await vscode.window.showSaveDialog(options);
  const bytes =
    encoding === 'base64'
      ? Uint8Array.from(atob(content), (it) => it.codePointAt(0) ?? 0)
      : new TextEncoder().encode(content);
  if (target) await vscode.workspace.fs.writeFile(target, bytes);
}

/** A range of the protocol as the editor's own. */
export function toRange({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
