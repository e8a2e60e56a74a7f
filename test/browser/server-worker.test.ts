import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { launchOptions } from '../../scripts/browser.mjs';
import { bundle } from '../support/bundle.ts';
import { hasChromium } from '../support/webview-page.ts';

const URI = 'vscode-vfs://github/shop/pod.yaml';
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: default }\nspec: {}\n';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly params?: { readonly diagnostics?: readonly { readonly message: string }[] };
}

describe.skipIf(!hasChromium)('the server in a web worker', () => {
  it('starts, asks the client for what it cannot read, and answers', async () => {
    const { script } = await bundle('server/src/lsp/main.worker.ts', { format: 'iife' });
    const browser = await chromium.launch(launchOptions());
    try {
      const page = await browser.newPage();
      await page.route('**/*', (route) =>
        route.request().url().endsWith('.js')
          ? route.fulfill({ contentType: 'text/javascript', body: script })
          : route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html>' }),
      );
      await page.goto('https://editor.test/');
      const messages: Message[] = await page.evaluate(converse, { uri: URI, text: POD });
      const said = (method: string) => messages.filter((it) => it.method === method);
      expect(messages.find((it) => it.id === 1)?.result).toHaveProperty('capabilities');
      expect(said('podsage/descriptions')).toHaveLength(1);
      const found = said('textDocument/publishDiagnostics').flatMap((it) => it.params?.diagnostics);
      expect(JSON.stringify(found)).toContain('spec.containers');
      expect(messages.find((it) => it.id === 2)).toHaveProperty('result');
    } finally {
      await browser.close();
    }
  });
});

/** Runs in the page: a client that opens one document and asks for one hover. */
function converse({ uri, text }: { uri: string; text: string }): Promise<Message[]> {
  // oxlint-disable unicorn/require-post-message-target-origin -- a worker has no origin to name
  const worker = new Worker('/server.js');
  const messages: Message[] = [];
  const send = (message: object) => worker.postMessage({ jsonrpc: '2.0', ...message });
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      messages.push(data);
      if (data.id === 1 && data.method === undefined) {
        const textDocument = { uri, languageId: 'yaml', version: 1, text };
        send({ method: 'initialized', params: {} });
        send({ method: 'textDocument/didOpen', params: { textDocument } });
      }
      if (data.method === 'textDocument/publishDiagnostics') {
        const position = { line: 1, character: 1 };
        send({ id: 2, method: 'textDocument/hover', params: { textDocument: { uri }, position } });
      }
      if (data.method === 'podsage/descriptions') send({ id: data.id, result: '{}' });
      if (data.id === 2 && data.method === undefined) resolve(messages);
    });
    send({ id: 1, method: 'initialize', params: { processId: null, capabilities: {} } });
  });
}
