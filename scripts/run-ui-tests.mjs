// Tests of the packaged extension in the whole workbench, driven by Playwright: `npm run test:ui`.
// Further arguments go to vitest.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './code-server.mjs';

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const config = ['--config', 'test/vscode/vitest.config.mjs'];
const args = ['run', ...config, ...process.argv.slice(2)];
const options = { cwd: root, stdio: 'inherit' };
const packaged = spawnSync(process.execPath, ['scripts/package.mjs'], options);
if (packaged.status !== 0) process.exit(packaged.status ?? 1);
process.exit(spawnSync(process.execPath, [vitest, ...args], options).status ?? 1);
