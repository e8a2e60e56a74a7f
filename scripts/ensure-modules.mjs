// Installs the packages where they are missing. Uses nothing but Node itself.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const FLAGS = ['--no-audit', '--no-fund', '--loglevel=error'];

/** In the current folder, by the lock file. */
export function ensureModules(say) {
  // npm writes this file last, so half an installation does not count.
  if (existsSync('node_modules/.package-lock.json')) return;
  say('Installing packages (npm ci)');
  const windows = process.platform === 'win32';
  execFileSync('npm', ['ci', ...FLAGS], { stdio: 'inherit', shell: windows });
}
