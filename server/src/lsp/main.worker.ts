// The server in a web worker, for editors in a browser. It has no files: the client reads them for it.
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import { DESCRIPTIONS } from '../protocol/index.ts';
import { createFeatures } from './create-features.ts';
import { startServer } from './server.ts';

// The worker's own global, of which Node's types know nothing.
type WorkerScope = ConstructorParameters<typeof BrowserMessageReader>[0];
const scope = globalThis as unknown as WorkerScope;

const connection = createConnection(
  ProposedFeatures.all,
  new BrowserMessageReader(scope),
  new BrowserMessageWriter(scope),
);
startServer(connection, {
  createFeatures,
  readDescriptions: () => connection.sendRequest<string>(DESCRIPTIONS),
});
