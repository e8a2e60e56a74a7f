// Tests in the extension host: `npm run test:host` in code-server, which needs no download of its own
// kind; `npm run test:host -- desktop` in a downloaded VS Code (needs a display or xvfb-run).
import { runTests } from '@vscode/test-electron';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './code-server.mjs';

const desktop = process.argv.includes('desktop');
const results = path.join(root, 'out', 'results', 'host.json');
rmSync(results, { force: true });
execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });

// The tests edit files: they work on a copy.
const tmp = mkdtempSync(path.join(os.tmpdir(), 'podsage-host-'));
const workspace = path.join(tmp, 'workspace');
cpSync(path.join(root, 'test', 'vscode', 'workspace'), workspace, { recursive: true });
for (const file of ['web.yaml', 'database.yaml']) {
  cpSync(path.join(root, 'examples/shop', file), path.join(workspace, 'shop', file));
}
const where = desktop
  ? { version: process.env.VSCODE_VERSION ?? 'stable' }
  : { vscodeExecutablePath: path.join(root, 'scripts', 'vscode-shim.mjs') };
let failed = false;
try {
  await runTests({
    ...where,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'out', 'vscode', 'suite'),
    launchArgs: [workspace, '--disable-extensions'],
    extensionTestsEnv: { TEST_RESULTS_FILE: results },
  });
} catch (error) {
  failed = true;
  console.error(`Tests in the extension host failed: ${error.message}`);
} finally {
  rmSync(tmp, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}
if (!existsSync(results)) {
  console.error('The suite did not run to its end.');
  process.exit(1);
}
const { passed, failures, skipped } = JSON.parse(readFileSync(results, 'utf8'));
console.log(`host: ${passed} passed, ${failures} failed, ${skipped} skipped`);
process.exit(failed || failures > 0 || passed === 0 ? 1 : 0);
