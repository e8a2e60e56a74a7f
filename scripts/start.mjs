// `npm start [-- FOLDER] [--once] [--browser] [--port N]`, the first command of a fresh clone: installs
// and builds what is missing, explains the examples in the terminal, then opens them in a real editor.
// Until `npm ci` has run only Node's own modules are there.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureModules } from './ensure-modules.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    once: { type: 'boolean' },
    browser: { type: 'boolean' },
    port: { type: 'string' },
  },
});
const from = process.env.INIT_CWD ?? process.cwd();
const chosen = positionals[0] && path.resolve(from, positionals[0]);
process.chdir(root);
const say = (message) => console.log(`\n» ${message}`);

ensureModules(say);
say('Building Podsage');
execFileSync(process.execPath, ['esbuild.mjs'], { stdio: 'inherit' });

explain(chosen ?? path.join(root, 'examples'));
if (!values.once) {
  const desktop = !values.browser && spawnSync('code', ['--version']).status === 0;
  if (desktop) openDesktop();
  else await openInBrowser();
}

/** The command line on every manifest of the folder in short, and on one of the examples whole. */
function explain(folder) {
  const cli = path.join(root, 'dist', 'cli.js');
  if (!existsSync(cli)) return;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((it) => /\.ya?ml$/.test(it) && path.basename(it) !== 'podsage.yaml')
    .map((it) => path.relative(root, path.join(folder, it)))
    .toSorted();
  const shown = path.relative(root, folder) || '.';
  say(`podsage explain --brief ${shown}`);
  tell([cli, 'explain', '--brief', ...files]);
  const whole = files.find((it) => path.basename(it) === 'web.yaml');
  if (!whole) return;
  say(`podsage explain ${whole}`);
  tell([cli, 'explain', whole]);
}

function tell(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** A copy, so that what is tried out does not change the repository. */
function workspace() {
  if (chosen) return chosen;
  const copy = path.join(root, '.vscode-test', 'start', 'examples');
  if (!existsSync(copy)) cpSync('examples', copy, { recursive: true });
  return copy;
}

/** The installed VS Code, with this working copy loaded beside the user's own extensions. */
function openDesktop() {
  const folder = workspace();
  say(`Opening ${folder} in VS Code. (A browser instead: npm start -- --browser)`);
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, folder];
  spawn('code', args, { stdio: 'inherit', shell: process.platform === 'win32' });
}

/** VS Code in the browser, with the packaged extension installed. */
async function openInBrowser() {
  const { ensureCodeServer } = await import('./code-server.mjs');
  const { installExtension, startServer } = await import('./vscode-server.mjs');
  const codeServer = ensureCodeServer(say);
  const home = path.join(root, '.vscode-test', 'start');
  const folders = {
    dataDir: path.join(home, 'data'),
    extensionsDir: path.join(home, 'extensions'),
  };
  mkdirSync(folders.dataDir, { recursive: true });
  say('Packaging and installing the extension');
  execFileSync(process.execPath, ['scripts/package.mjs'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const vsix = readdirSync(root).find((it) => it.endsWith('.vsix'));
  installExtension(codeServer, { ...folders, vsix: path.join(root, vsix) });
  const server = await startServer({
    ...codeServer,
    ...folders,
    port: values.port && Number(values.port),
    // The examples begin with a tour.
    settings: { 'workbench.startupEditor': 'readme' },
    // With a folder on the command line "/" leads to it.
    extraArgs: [workspace()],
  });
  say(
    `VS Code with Podsage is ready. Open this address; Ctrl+C here ends it:\n\n  ${server.origin}/\n`,
  );
  const end = () => void server.stop().then(() => process.exit(0));
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
