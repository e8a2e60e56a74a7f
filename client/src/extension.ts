// Wires the parts together and decides nothing.
import * as vscode from 'vscode';
import type { CommandContext } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { EditorTracker } from './editor-tracker.ts';
import { ServerConnection, type CreateClient } from './language-client.ts';
import { LinkHandler } from './moment-link.ts';
import type { RunProgram } from './programs.ts';
import { PredictionPanels, type PanelReport } from './prediction-panels.ts';
import { StatusItem, type StatusState } from './status-item.ts';
import { StoredObjects } from './stored-objects.ts';

/** What the extension offers to its own tests. */
export interface PodsageApi {
  state(): StatusState;
  panels(): readonly PanelReport[];
  stop(): Promise<void>;
}

export function activateWith(
  context: vscode.ExtensionContext,
  createClient: CreateClient,
  runProgram?: RunProgram,
): PodsageApi {
  const log = vscode.window.createOutputChannel('Podsage', { log: true });
  const server = new ServerConnection(context, createClient, log);
  const status = new StatusItem();
  const editors = new EditorTracker((document) => server.covers(document));
  const panels = new PredictionPanels({ extensionUri: context.extensionUri, server, editors });
  const storedObjects = new StoredObjects();
  const links = vscode.window.registerUriHandler(new LinkHandler(panels));
  context.subscriptions.push(log, server, status, editors, panels, storedObjects, links);

  server.onStatus(({ state, note }) => status.set(state, note));
  const commandContext: CommandContext = {
    server,
    panels,
    editors,
    storedObjects,
    log,
    runProgram,
  };
  for (const { id, run } of COMMANDS) {
    context.subscriptions.push(
      vscode.commands.registerCommand(id, (argument: unknown) => run(commandContext, argument)),
    );
  }
  server.start().catch((error) => {
    log.error(`The server did not start: ${String(error)}`);
    status.set('stopped');
  });
  return {
    state: () => status.state,
    panels: () => panels.report(),
    stop: () => server.stop(),
  };
}
