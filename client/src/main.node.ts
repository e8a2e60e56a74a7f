// The entry where extensions run in Node: the server is a process of its own.
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { activateWith, type PodsageApi } from './extension.ts';
import type { CreateClient } from './language-client.ts';
import { runProgram } from './programs.ts';

let active: PodsageApi | undefined;

export function activate(context: vscode.ExtensionContext): PodsageApi {
  const createClient: CreateClient = (_, options) => {
    const module = vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath;
    const run = { module, transport: TransportKind.ipc };
    const debug = { ...run, options: { execArgv: ['--nolazy', '--inspect=6019'] } };
    return new LanguageClient('podsage', 'Podsage', { run, debug }, options);
  };
  active = activateWith(context, createClient, runProgram);
  return active;
}

export function deactivate(): Promise<void> | undefined {
  return active?.stop();
}
