// The entry where extensions run in a browser's worker: the server is a worker too.
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { activateWith, type PodsageApi } from './extension.ts';

// The browser's own, of which Node's types know nothing.
declare const Worker: new (url: string) => Awaited<ReturnType<StartWorker>>;
type StartWorker = Extract<ConstructorParameters<typeof LanguageClient>[2], () => unknown>;

let active: PodsageApi | undefined;

export function activate(context: vscode.ExtensionContext): PodsageApi {
  active = activateWith(context, (_, options) => {
    const url = vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.worker.js');
    const start = () => Promise.resolve(new Worker(url.toString(true)));
    return new LanguageClient('podsage', 'Podsage', start, options);
  });
  return active;
}

export function deactivate(): Promise<void> | undefined {
  return active?.stop();
}
