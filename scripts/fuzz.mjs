// `npm run fuzz -- SECONDS`: the property tests under one seed after the other, until the time is
// up or a seed finds something. What it found goes into a test of its own, in the smallest form.
import { spawnSync } from 'node:child_process';
import { globSync } from 'tinyglobby';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const seconds = Number(process.argv[2] ?? 60);
if (!(seconds > 0)) {
  console.error('usage: npm run fuzz -- SECONDS');
  process.exit(2);
}

const files = globSync('test/**/*.test.ts').filter((it) =>
  readFileSync(it, 'utf8').includes("'fast-check'"),
);
const end = Date.now() + seconds * 1000;
let seeds = 0;
while (Date.now() < end) {
  const seed = Date.now() % 2 ** 31;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...files],
    { env: { ...process.env, PROPERTY_SEED: String(seed) }, encoding: 'utf8' },
  );
  seeds++;
  if (status !== 0) {
    console.log(stdout + stderr);
    console.log(`seed ${seed} found this; run it again with PROPERTY_SEED=${seed} npm run unit`);
    process.exit(1);
  }
}
console.log(`${seeds} seeds, ${files.length} files: nothing found`);
