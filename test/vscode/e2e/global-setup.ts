// Once for all UI tests: VS Code with the packaged extension installed, and a browser.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { launchOptions } from '../../../scripts/browser.mjs';
import { ensureCodeServer, root } from '../../../scripts/code-server.mjs';
import { installExtension, startServer } from '../../../scripts/vscode-server.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the editor is served. */
    readonly origin: string;
    /** Where the browser is controlled. */
    readonly browser: string;
    /** A copy of test/vscode/workspace and, in `examples`, of examples/. */
    readonly workspace: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const tmp = mkdtempSync(path.join(os.tmpdir(), 'podsage-ui-'));
  const workspace = path.join(tmp, 'workspace');
  mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
  cpSync(path.join(root, 'test', 'vscode', 'workspace'), workspace, { recursive: true });
  cpSync(path.join(root, 'examples'), path.join(tmp, 'examples'), { recursive: true });

  const vsix = readdirSync(root).find((it) => it.endsWith('.vsix'));
  if (!vsix) throw new Error('npm run package comes first');
  const codeServer = ensureCodeServer();
  const folders = { dataDir: path.join(tmp, 'data'), extensionsDir: path.join(tmp, 'extensions') };
  installExtension(codeServer, { ...folders, vsix: path.join(root, vsix) });
  const server = await startServer({ ...codeServer, ...folders });
  const browser = await chromium.launchServer(launchOptions());

  provide('origin', server.origin);
  provide('browser', browser.wsEndpoint());
  provide('workspace', workspace);
  return async () => {
    await browser.close();
    await server.stop();
    // The editor's processes write their logs to the last.
    rmSync(tmp, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
}
