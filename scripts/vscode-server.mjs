// Starts a code-server that shows a workspace, on 127.0.0.1 alone.
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

/** A quiet editor: nothing on the screen but the work, nothing asked of the network. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'files.simpleDialog.enable': true,
  'files.autoSave': 'off',
  'editor.hover.delay': 100,
};

/** With it the workbench reads extensionDevelopmentPath and extensionTestsPath of its address. */
export const DEVELOPMENT = ['--vscode-option', 'enable-smoke-test-driver'];

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Installs a .vsix into the extensions folder of a server to come. */
export function installExtension({ node, entry }, { dataDir, extensionsDir, vsix }) {
  const folders = ['--user-data-dir', dataDir, '--extensions-dir', extensionsDir];
  const args = [entry, ...folders, '--force', '--install-extension', vsix];
  execFileSync(node, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Answers once it listens; `stop()` ends it. */
export async function startServer({ node, entry, dataDir, extensionsDir, ...options }) {
  const port = options.port ?? (await freePort());
  prepare(dataDir, extensionsDir, options.settings);
  const config = path.join(dataDir, 'config.yaml');
  const flags = {
    config,
    auth: 'none',
    'bind-addr': `127.0.0.1:${port}`,
    'user-data-dir': dataDir,
    'extensions-dir': extensionsDir,
  };
  const switches = ['telemetry', 'update-check', 'workspace-trust', 'getting-started-override'];
  const args = [
    entry,
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ...switches.map((it) => `--disable-${it}`),
    '--ignore-last-opened',
    ...(options.extraArgs ?? []),
  ];
  const child = spawn(node, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Without a gallery nothing is asked of the network.
    env: { ...process.env, VSCODE_IPC_HOOK_CLI: '', EXTENSIONS_GALLERY: '{}', ...options.env },
  });
  const logFile = path.join(dataDir, 'server.log');
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (it) => /HTTP server listening/.test(it) && resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`code-server ended (${code}): ${logFile}`)));
  });
  const authority = `127.0.0.1:${port}`;
  return { origin: `http://${authority}`, authority, child, logFile, stop: () => stop(child) };
}

function prepare(dataDir, extensionsDir, more) {
  mkdirSync(path.join(dataDir, 'User'), { recursive: true });
  mkdirSync(extensionsDir, { recursive: true });
  const settings = path.join(dataDir, 'User', 'settings.json');
  if (!existsSync(settings)) {
    writeFileSync(settings, JSON.stringify({ ...SETTINGS, ...more }, undefined, 2));
  }
  writeFileSync(path.join(dataDir, 'config.yaml'), 'auth: none\n');
}

function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode) return resolve();
    child.once('exit', resolve);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5000).unref();
  });
}
