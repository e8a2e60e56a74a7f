import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { openAt, podsage, until } from './editor.ts';

/** The examples that a newcomer opens, copied into the workspace by scripts/run-host-tests.mjs. */
const WEB = 'shop/web.yaml';
const DATABASE = 'shop/database.yaml';

/** The position of a text, at or behind another text. */
function positionOf(document: vscode.TextDocument, text: string, behind = ''): vscode.Position {
  const source = document.getText();
  const from = Math.max(0, source.indexOf(behind));
  const at = source.indexOf(text, from + behind.length);
  assert.notEqual(at, -1, `${text} behind ${behind}`);
  return document.positionAt(at + text.length);
}

/** The lines that a provider leads to, trimmed. */
async function lines(command: string, document: vscode.TextDocument, at: vscode.Position) {
  const found = await until(command, async () => {
    const answer = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
      command,
      document.uri,
      at,
    );
    return answer.length > 0 && answer;
  });
  return found.map((it) => {
    const range = 'targetRange' in it ? it.targetRange : it.range;
    return document.lineAt(range.start.line).text.trim();
  });
}

/** The lines that a rename changes, trimmed. */
async function renamed(document: vscode.TextDocument, at: vscode.Position) {
  const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
    'vscode.executeDocumentRenameProvider',
    document.uri,
    at,
    'another',
  );
  const changed = edit.get(document.uri);
  return changed.map((it) => document.lineAt(it.range.start.line).text.trim()).toSorted();
}

const DEFINITION = 'vscode.executeDefinitionProvider';
const REFERENCES = 'vscode.executeReferenceProvider';

describe('Navigation in the examples', () => {
  before(async () => {
    await openAt(WEB);
    await podsage();
  });

  it('leads from an Ingress to its Service', async () => {
    const { document } = await openAt(WEB, 'kind: Ingress');
    const at = positionOf(document, 'name: web', 'backend:');
    const [line] = await lines(DEFINITION, document, at);
    assert.equal(line, 'name: web');
  });

  it('leads from a Service to the port and to the labels of its pods', async () => {
    const { document } = await openAt(WEB, 'kind: Service');
    const port = positionOf(document, 'targetPort: http');
    assert.deepEqual(await lines(DEFINITION, document, port), ['- name: http']);
    const label = positionOf(document, 'app: web', 'kind: Service');
    assert.deepEqual(await lines(DEFINITION, document, label), ['app: web']);
  });

  it('finds who names a container port', async () => {
    const { document } = await openAt(WEB, 'containerPort');
    const found = await lines(REFERENCES, document, positionOf(document, '- name: http', 'ports:'));
    assert.deepEqual(found.toSorted(), ['port: http', 'targetPort: http']);
  });

  it('leads from an Ingress to the port of its Service', async () => {
    const { document } = await openAt(WEB, 'kind: Ingress');
    const at = positionOf(document, 'name: http', 'name: web\n                port:');
    assert.deepEqual(await lines(DEFINITION, document, at), ['- name: http']);
    assert.deepEqual(await renamed(document, at), ['- name: http', 'name: http']);
  });

  it('finds who names a Service and who selects its pods', async () => {
    const { document } = await openAt(WEB, 'kind: Service');
    const service = positionOf(document, 'name: web', 'kind: Service');
    assert.deepEqual(await lines(REFERENCES, document, service), ['name: web']);
    const label = positionOf(document, 'app: web', 'labels:');
    const selectors = await lines(REFERENCES, document, label);
    assert.deepEqual(selectors, ['app: web', 'app: web']);
  });

  it('finds the StatefulSet of a Service', async () => {
    const { document } = await openAt(DATABASE, 'kind: Service');
    const service = positionOf(document, 'name: db', 'kind: Service');
    assert.deepEqual(await lines(REFERENCES, document, service), ['serviceName: db']);
  });

  it('leads from a StatefulSet to its Service and from the Service to its pods', async () => {
    const { document } = await openAt(DATABASE, 'serviceName');
    const governing = positionOf(document, 'serviceName: db');
    assert.deepEqual(await lines(DEFINITION, document, governing), ['name: db']);
    const label = positionOf(document, 'app: db', 'clusterIP: None');
    assert.deepEqual(await lines(DEFINITION, document, label), ['app: db']);
  });

  it('renames a port wherever it is named', async () => {
    const { document } = await openAt(WEB, 'targetPort');
    const changed = await renamed(document, positionOf(document, 'targetPort: http'));
    assert.deepEqual(changed, ['- name: http', 'port: http', 'targetPort: http']);
  });

  it('renames a Service with the Ingress or the StatefulSet that names it', async () => {
    const web = await openAt(WEB, 'kind: Ingress');
    const backend = positionOf(web.document, 'name: web', 'backend:');
    assert.deepEqual(await renamed(web.document, backend), ['name: web', 'name: web']);
    const database = await openAt(DATABASE, 'serviceName');
    const governing = positionOf(database.document, 'serviceName: db');
    assert.deepEqual(await renamed(database.document, governing), ['name: db', 'serviceName: db']);
  });

  it('renames a label with every selector that asks for it', async () => {
    const { document } = await openAt(WEB, 'labels');
    const changed = await renamed(document, positionOf(document, 'app: web', 'labels:'));
    assert.deepEqual(changed, ['app: web', 'app: web', 'app: web']);
  });
});
