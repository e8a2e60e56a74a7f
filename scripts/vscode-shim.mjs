#!/usr/bin/env node
// Answers to the command line that @vscode/test-electron gives to desktop VS Code, and runs the tests
// in code-server and a headless Chromium instead.
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser } from './browser.mjs';
import { ensureCodeServer, root } from './code-server.mjs';
import { DEVELOPMENT, startServer } from './vscode-server.mjs';

const LIMIT_MILLISECONDS = Number(process.env.SHIM_TIMEOUT_MS ?? 600_000);

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionTestsPath: { type: 'string' },
    extensionDevelopmentPath: { type: 'string', multiple: true },
    'user-data-dir': { type: 'string' },
    'extensions-dir': { type: 'string' },
  },
});
if (!values.extensionTestsPath) {
  console.error('shim: --extensionTestsPath is missing');
  process.exit(2);
}
const tmp = mkdtempSync(path.join(os.tmpdir(), 'vscode-shim-'));
// test-electron's own folder for user data would be shared by every run of the working copy.
const dataDir = path.join(tmp, 'data');
const extensionsDir = path.join(tmp, 'extensions');
mkdirSync(dataDir, { recursive: true });

/** Prints the file that the tests write to, as it grows. */
function follow(file) {
  writeFileSync(file, '');
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(65_536);
  let position = 0;
  const drain = () => {
    for (;;) {
      const count = readSync(descriptor, buffer, 0, buffer.length, position);
      if (count === 0) return;
      process.stdout.write(Buffer.from(buffer.subarray(0, count)));
      position += count;
    }
  };
  const timer = setInterval(drain, 100);
  return () => {
    clearInterval(timer);
    drain();
    closeSync(descriptor);
  };
}

const output = path.join(tmp, 'output.txt');
const endOutput = follow(output);
let server;
let browser;
let cleaning;
function cleanUp() {
  cleaning ??= (async () => {
    endOutput();
    await browser?.close().catch(() => {});
    await server?.stop();
    rmSync(tmp, { recursive: true, force: true });
  })();
  return cleaning;
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void cleanUp().finally(() => process.exit(130)));
}

/** The address of the workbench that loads the extension and runs the tests. */
function addressOf({ origin, authority }) {
  const uri = (file) =>
    `vscode-remote://${authority}${path.resolve(file).split(path.sep).join('/')}`;
  const developed = values.extensionDevelopmentPath ?? [];
  const entry = path.join(root, 'scripts', 'shim-entry.cjs');
  const payload = [
    ...developed.map((it) => ['extensionDevelopmentPath', uri(it)]),
    ['extensionTestsPath', uri(entry)],
  ];
  const url = new URL(origin);
  const folder = positionals.find((it) => statSync(it, { throwIfNoEntry: false })?.isDirectory());
  if (folder) url.searchParams.set('folder', path.resolve(folder));
  else url.searchParams.set('ew', 'true');
  url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

/** The code with which the workbench ends the tests. */
function verdict(page) {
  return new Promise((resolve, reject) => {
    page.on('crash', () => reject(new Error('the page crashed')));
    server.child.once('exit', () => reject(new Error(`code-server ended, see ${server.logFile}`)));
    const late = () => reject(new Error(`no result after ${LIMIT_MILLISECONDS / 1000} s`));
    setTimeout(late, LIMIT_MILLISECONDS).unref();
    void page
      .exposeFunction('codeAutomationLog', () => {})
      .then(() => page.exposeFunction('codeAutomationExit', resolve))
      .then(() => page.goto(addressOf(server)))
      .catch(reject);
  });
}

let code = 1;
try {
  server = await startServer({
    ...ensureCodeServer(),
    dataDir,
    extensionsDir,
    extraArgs: DEVELOPMENT,
    env: { TEST_SHIM_OUT: output, TEST_SHIM_TESTS: path.resolve(values.extensionTestsPath) },
  });
  browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  if (process.env.SHIM_VERBOSE) {
    page.on('console', (it) => console.error(`[page] ${it.type()} ${it.text().slice(0, 500)}`));
  }
  code = await verdict(page);
} catch (error) {
  console.error(`shim: ${error.stack ?? error}`);
}
await cleanUp();
process.exit(code);
