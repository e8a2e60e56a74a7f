import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type Hover,
} from 'vscode-languageserver/node';
import { bundle } from '../support/bundle.ts';

it('the server speaks over stdio to any client, and reads the field texts beside it', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podsage-stdio-'));
  const { script } = await bundle('server/src/lsp/main.node.ts', {
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  writeFileSync(path.join(folder, 'server.js'), script);
  const descriptions = path.join(folder, 'descriptions.json');
  copyFileSync('server/src/manifest/descriptions.json', descriptions);
  const child = spawn(process.execPath, [path.join(folder, 'server.js')]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const client = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  try {
    client.listen();
    const capabilities = {};
    const answer = await client.sendRequest('initialize', { processId: null, capabilities });
    expect(answer).toMatchObject({ capabilities: { positionEncoding: 'utf-16' } });
    await client.sendNotification('initialized', {});
    const uri = 'file:///pod.yaml';
    const text = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers: []\n';
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    await client.sendNotification('textDocument/didOpen', { textDocument });
    const position = { line: 4, character: 4 };
    const hover = await client.sendRequest<Hover>('textDocument/hover', { textDocument, position });
    expect(JSON.stringify(hover.contents)).toContain('List of containers belonging to the pod');
    await client.sendRequest('shutdown');
    await client.sendNotification('exit');
    expect(await exited).toBe(0);
  } finally {
    client.dispose();
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
