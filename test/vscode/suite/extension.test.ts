import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../client/src/commands/index.ts';
import {
  hoverAt,
  openAt,
  podsage,
  podsageDiagnostics,
  replaceText,
  until,
  uriOf,
} from './editor.ts';

const RACE = 'no-prestop-endpoint-race';

function activeDiff(): vscode.TabInputTextDiff | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? input : undefined;
}

describe('Podsage in the editor', () => {
  let document: vscode.TextDocument;

  before(async () => {
    ({ document } = await openAt('web.yaml'));
    await podsage();
  });

  const race = () =>
    podsageDiagnostics(document.uri).find(({ code }) =>
      typeof code === 'object' ? code.value === RACE : code === RACE,
    );

  it('registers every command of the table', async () => {
    const registered = await vscode.commands.getCommands(true);
    assert.deepEqual(
      COMMANDS.map((it) => it.id).filter((it) => !registered.includes(it)),
      [],
    );
  });

  it('underlines a container that stops before clients have forgotten it', async () => {
    const found = await until('the diagnostic', race);
    assert.equal(document.lineAt(found.range.start.line).text.trim(), '- name: app');
  });

  it('explains a field in a hover', async () => {
    const text = await until(
      'the hover',
      async () => (await hoverAt(document, 'terminationGracePeriodSeconds')) || undefined,
    );
    assert.match(text, /terminationGracePeriodSeconds/);
    assert.match(text, /terminate gracefully/, "the API's own text");
  });

  it('shows code lenses above a workload, whose commands exist', async () => {
    const lenses = await until('code lenses', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        50,
      );
      return found.length > 0 && found;
    });
    const registered = await vscode.commands.getCommands(true);
    const commands = lenses.flatMap((it) => it.command?.command || []);
    assert.ok(commands.includes('podsage.showLifecycle'), commands.join());
    assert.deepEqual(
      commands.filter((it) => !registered.includes(it)),
      [],
    );
  });

  it('shows a defaulted value as an inlay hint', async () => {
    const worker = (await openAt('worker.yaml')).document;
    const range = new vscode.Range(0, 0, worker.lineCount, 0);
    const labels = await until('inlay hints', async () => {
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        worker.uri,
        range,
      );
      return hints.length > 0 && hints.map((it) => JSON.stringify(it.label)).join();
    });
    assert.match(labels, /terminationGracePeriodSeconds: 30/);
  });

  it('lists the objects of the file as symbols', async () => {
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.match(symbols.map((it) => `${it.name} ${it.detail}`).join(), /web/);
  });

  it('forgets what the API server refuses once it is mended, and finds it again', async () => {
    const { document: refused } = await openAt('refused.yaml');
    const found = () => podsageDiagnostics(refused.uri)[0];
    const { message } = await until('the diagnostic', found);
    assert.match(message, /must be between 1 and 65535/);
    await replaceText(refused, '80800', '8080');
    await until('no diagnostic', () => found() === undefined);
    await replaceText(refused, '8080', '80800');
    await until('the diagnostic', found);
  });

  it('knows a file that is not open, as soon as it appears on disk', async () => {
    const uri = uriOf('new.yaml');
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: new\n';
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(pod));
    const { modified } = await until('the stored object', async () => {
      await vscode.commands.executeCommand('podsage.showStoredObject', { uri: uri.toString() });
      return activeDiff();
    });
    const stored = await vscode.workspace.openTextDocument(modified);
    assert.match(stored.getText(), /name: new/);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await vscode.workspace.fs.delete(uri);
  });

  it('stays silent on files that are not manifests', async () => {
    const other = await vscode.workspace.openTextDocument({
      language: 'yaml',
      content: 'services:\n  web:\n    image: nginx\n',
    });
    await vscode.window.showTextDocument(other);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.deepEqual(podsageDiagnostics(other.uri), []);
  });

  it('shows submitted and stored side by side', async () => {
    await openAt('web.yaml', 'kind: Deployment');
    await vscode.commands.executeCommand('podsage.showStoredObject');
    const input = await until('the diff', activeDiff);
    const stored = await vscode.workspace.openTextDocument(input.modified);
    assert.match(stored.getText(), /kind: Deployment/);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('answers again after the server was restarted', async () => {
    await vscode.commands.executeCommand('podsage.restartServer');
    await podsage();
    await until('the diagnostic', race);
  });
});
