// Which text editor the user means: the active one, or the last one while a panel has the focus.
import * as vscode from 'vscode';
import type { WorkloadParams } from '../../server/src/protocol/index.ts';

export class EditorTracker implements vscode.Disposable {
  readonly #covers: (document: vscode.TextDocument) => boolean;
  readonly #moved = new vscode.EventEmitter<WorkloadParams>();
  readonly #disposables: vscode.Disposable[];
  #last: vscode.TextEditor | undefined;
  /** The cursor is somewhere else, in this editor or another. */
  readonly onCursor = this.#moved.event;

  constructor(covers: (document: vscode.TextDocument) => boolean) {
    this.#covers = covers;
    this.#disposables = [
      this.#moved,
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#note(editor)),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) this.#note(textEditor);
      }),
    ];
    this.#note(vscode.window.activeTextEditor);
  }

  /** The place of the cursor; undefined where no document of ours was ever active. */
  cursor(): WorkloadParams | undefined {
    if (!this.#last || this.#last.document.isClosed) return undefined;
    const { line, character } = this.#last.selection.active;
    return { uri: this.#last.document.uri.toString(), position: { line, character } };
  }

  dispose(): void {
    for (const it of this.#disposables) it.dispose();
  }

  #note(editor: vscode.TextEditor | undefined): void {
    if (!editor || !this.#covers(editor.document)) return;
    this.#last = editor;
    const cursor = this.cursor();
    if (cursor) this.#moved.fire(cursor);
  }
}
