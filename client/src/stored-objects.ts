// Shows what was submitted beside what would be stored, in the editor's own diff view.
import * as vscode from 'vscode';
import type { StoredObject } from '../../server/src/protocol/index.ts';

const SCHEME = 'podsage';
/** Texts kept for tabs that are open; the oldest go first. */
const MAX_TEXTS = 64;

export class StoredObjects implements vscode.Disposable, vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  async show({ title, submitted, stored }: StoredObject): Promise<void> {
    const left = this.#put(title, 'submitted', submitted);
    const right = this.#put(title, 'stored', stored);
    const heading = `${title}: submitted ↔ stored`;
    await vscode.commands.executeCommand('vscode.diff', left, right, heading);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  #put(title: string, side: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${side}/${title}.yaml` });
    const key = uri.toString();
    this.#texts.delete(key);
    this.#texts.set(key, text);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= MAX_TEXTS) break;
      this.#texts.delete(oldest);
    }
    this.#changed.fire(uri);
    return uri;
  }
}
