// A real VS Code (the workbench and the extension host of code-server) from npm packages alone:
// nothing is compiled. Installed once into .vscode-test/, which git ignores.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Holds VS Code 1.139.1. */
const CODE_SERVER = '4.139.1';
/** Of the major that this code-server asks for. */
const NODE = '24.21.0';
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const windows = process.platform === 'win32';
const nodePackage = `node-${windows ? 'win' : process.platform}-${process.arch}`;
/** Whether the running Node can run code-server, so that no second one is needed. */
const ownNode = process.versions.node.startsWith('24.');

function partsOf(dir) {
  const bin = windows ? 'node.exe' : 'node';
  const codeServer = path.join(dir, 'node_modules', 'code-server');
  return {
    node: ownNode ? process.execPath : path.join(dir, 'node_modules', nodePackage, 'bin', bin),
    entry: path.join(codeServer, 'out', 'node', 'entry.js'),
    vscode: path.join(codeServer, 'lib', 'vscode'),
  };
}

/** Installs what is missing. Answers with the Node and the entry to start it with. */
export function ensureCodeServer(log = console.error) {
  const dir = path.join(root, '.vscode-test', `code-server-${CODE_SERVER}`);
  const parts = partsOf(dir);
  if (existsSync(path.join(dir, '.done')) && existsSync(parts.node)) return parts;
  if (!ownNode && process.platform === 'darwin') {
    throw new Error('On macOS this needs Node 24: npm has no package of Node 24 for it.');
  }
  log(`Installing VS Code (code-server ${CODE_SERVER}) once: about 250 MB to download.`);
  // Under another name until it is whole, so that two runs at a time do no harm.
  const draft = `${dir}-${process.pid}`;
  install(draft);
  rmSync(dir, { recursive: true, force: true });
  renameSync(draft, dir);
  return parts;
}

function install(dir) {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'package.json'), '{"private":true}');
  const { vscode } = partsOf(dir);
  npmInstall(dir, `code-server@${CODE_SERVER}`, ...(ownNode ? [] : [`${nodePackage}@${NODE}`]));
  npmInstall(vscode);
  npmInstall(path.join(vscode, 'extensions'));
  // Not needed for running another extension, and large.
  for (const it of ['copilot', 'mermaid-markdown-features']) {
    rmSync(path.join(vscode, 'extensions', it), { recursive: true, force: true });
  }
  // Two native modules have no prebuilt binary; plain JavaScript does what is needed of them.
  for (const it of ['spdlog', 'native-watchdog']) {
    const target = path.join(vscode, 'node_modules', '@vscode', it, 'index.js');
    cpSync(path.join(root, 'scripts', 'stubs', `${it}.cjs`), target);
  }
  writeFileSync(path.join(dir, '.done'), '');
}

/** Without scripts: no compiler, no headers, and no check of the running Node's version. */
function npmInstall(cwd, ...packages) {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
  const options = {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, npm_config_omit: 'dev' },
  };
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) {
    execFileSync(process.execPath, [npm, 'install', ...flags, ...packages], options);
  } else {
    execFileSync('npm', ['install', ...flags, ...packages], { ...options, shell: windows });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) ensureCodeServer();
