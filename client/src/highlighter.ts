// Marks the lines that matter at the moment under the panel's scrubber.
import * as vscode from 'vscode';
import type { Place } from '../../server/src/protocol/index.ts';
import { toRange } from './panel-intents.ts';

export class Highlighter implements vscode.Disposable {
  readonly #look = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.wordHighlightForeground'),
  });
  #places: readonly Place[] = [];
  readonly #visible = vscode.window.onDidChangeVisibleTextEditors(() => this.#draw());

  /** Marks these places alone. */
  set(places: readonly Place[]): void {
    this.#places = places;
    this.#draw();
  }

  dispose(): void {
    this.#visible.dispose();
    this.#look.dispose();
  }

  #draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const uri = editor.document.uri.toString();
      const here = this.#places.filter((it) => it.uri === uri);
      editor.setDecorations(
        this.#look,
        here.map((it) => toRange(it.range)),
      );
    }
  }
}
