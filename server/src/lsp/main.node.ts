// The server as a process of its own: over the editor's channel, or over stdio for any other client.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createFeatures } from './create-features.ts';
import { startServer } from './server.ts';

const TRANSPORTS = ['--node-ipc', '--stdio', '--pipe', '--socket'];
const named = process.argv.some((it) => TRANSPORTS.some((transport) => it.startsWith(transport)));
if (!named) process.argv.push('--stdio');

startServer(createConnection(ProposedFeatures.all), {
  createFeatures,
  // Beside the bundle, where esbuild.mjs puts it.
  readDescriptions: () => readFile(path.join(__dirname, 'descriptions.json'), 'utf8'),
});
