import { describe, expect, it } from 'vitest';
import type { Location, WorkspaceEdit } from 'vscode-languageserver/node';
import { createFeatures } from '../../server/src/lsp/create-features.ts';
import { LspSession } from '../support/lsp-session.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers:
    - name: app
      image: registry.example/web:1
      ports: [{ name: http, containerPort: 8080 }]
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: http }]
`;
const [POD_URI, SERVICE_URI] = ['file:///shop/pod.yaml', 'file:///shop/service.yaml'];

describe('navigation over the protocol', () => {
  it('goes from a targetPort to the port in another file, back, and renames both', async () => {
    await using session = await LspSession.start({ createFeatures });
    await session.open(POD_URI, POD);
    await session.open(SERVICE_URI, SERVICE);
    const textDocument = { uri: SERVICE_URI };
    const position = { line: 5, character: 36 };
    const port = { start: { line: 7, character: 22 }, end: { line: 7, character: 26 } };

    const definition = await session.client.sendRequest<Location[]>('textDocument/definition', {
      textDocument,
      position,
    });
    expect(definition).toEqual([{ uri: POD_URI, range: port }]);

    const references = await session.client.sendRequest<Location[]>('textDocument/references', {
      textDocument: { uri: POD_URI },
      position: port.start,
      context: { includeDeclaration: false },
    });
    expect(references.map((it) => it.uri)).toEqual([SERVICE_URI]);

    const edit = await session.client.sendRequest<WorkspaceEdit>('textDocument/rename', {
      textDocument,
      position,
      newName: 'web',
    });
    expect(Object.keys(edit.changes ?? {}).toSorted()).toEqual([POD_URI, SERVICE_URI]);
  });
});
