// `npm run package`: builds for production and writes podsage-<version>.vsix, without node_modules.
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const packagePath = `${name}-${version}.vsix`;

execFileSync(process.execPath, ['esbuild.mjs', '--production'], { stdio: 'inherit' });
rmSync(packagePath, { force: true });
const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
const stray = files.filter((it) => it.includes('node_modules'));
if (stray.length > 0) throw new Error(`node_modules would be packaged: ${stray[0]}`);
await createVSIX({
  cwd: root,
  packagePath,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});
const kilobytes = (statSync(packagePath).size / 1000).toFixed(0);
console.log(`${packagePath}: ${kilobytes} kB, ${files.length} files`);
