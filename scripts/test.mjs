// `npm test`: everything, from a fresh clone on. `npm test -- --only types,unit` runs some steps.
// Ends with `N passed, N failed, N skipped`: tests where a step counts them, else one for the step.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureModules } from './ensure-modules.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

const bin = (name, file) => path.join('node_modules', name, file);
const vitest = (name, ...args) => ({
  args: [
    bin('vitest', 'vitest.mjs'),
    'run',
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=out/results/${name}.json`,
    ...args,
  ],
  results: `out/results/${name}.json`,
});

/** In order: what fails fast comes first. A step is one command of Node, or several. */
const STEPS = [
  {
    name: 'types',
    commands: ['.', 'server/tsconfig.hosts.json', 'client', 'media', 'test'].map((it) => ({
      args: [bin('typescript', 'bin/tsc'), '-p', it],
    })),
  },
  {
    name: 'lint',
    commands: [{ args: [bin('oxlint', 'bin/oxlint'), '-c', 'oxlint.json', '--type-aware'] }],
  },
  {
    name: 'format',
    commands: [
      { args: [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
    ],
  },
  { name: 'dead-code', commands: [{ args: [bin('knip', 'bin/knip.js')] }] },
  { name: 'generated', commands: [{ args: ['scripts/generate.mjs', '--check'] }] },
  { name: 'build', commands: [{ args: ['esbuild.mjs'] }] },
  // Unit, contract, property and conformance tests.
  { name: 'unit', commands: [vitest('unit', '--exclude', 'test/browser/**')] },
  { name: 'browser', browser: true, commands: [vitest('browser', 'test/browser')] },
  {
    name: 'host',
    browser: true,
    commands: [{ args: ['scripts/run-host-tests.mjs'], results: 'out/results/host.json' }],
  },
  {
    name: 'ui',
    browser: true,
    commands: [
      { args: ['scripts/package.mjs'], quiet: true },
      vitest('ui', '--config', 'test/vscode/vitest.config.mjs'),
    ],
  },
];

const only = wantedSteps();
ensureModules(say);
const { findChromium } = await import('./browser.mjs');
const chromium = findChromium();
mkdirSync('out/results', { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
for (const step of STEPS.filter((it) => only.length === 0 || only.includes(it.name))) {
  const started = Date.now();
  const count = step.browser && !chromium ? skip(step) : runStep(step);
  for (const key of Object.keys(total)) total[key] += count[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  const word = count.failed > 0 ? 'failed' : count.passed > 0 ? 'passed' : 'skipped';
  summary.push(`  ${step.name.padEnd(10)} ${word.padEnd(8)} ${inWords(count)}, ${seconds} s`);
}
console.log(`\n${summary.join('\n')}\n`);
console.log(inWords(total));
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function wantedSteps() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const names = values.only?.split(',') ?? [];
  const unknown = names.filter((it) => !STEPS.some((step) => step.name === it));
  if (unknown.length > 0) {
    console.error(`unknown step ${unknown[0]}; there are ${STEPS.map((it) => it.name).join(', ')}`);
    process.exit(2);
  }
  return names;
}

function say(message) {
  console.log(`\n» ${message}`);
}

function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function skip({ name }) {
  say(`${name}: skipped, as no Chromium was found. Install one or set CHROMIUM_PATH.`);
  return { passed: 0, failed: 0, skipped: 1 };
}

/** Runs a step's commands up to the first that fails. */
function runStep({ name, commands }) {
  say(name);
  for (const command of commands) {
    if (command.results) rmSync(command.results, { force: true });
    const stdio = ['ignore', command.quiet ? 'ignore' : 'inherit', 'inherit'];
    const { status } = spawnSync(process.execPath, command.args, { stdio });
    const count = command.results ? readCount(command.results) : undefined;
    // A runner that ends badly without a failed test has failed itself.
    if (status !== 0) {
      return { ...(count ?? { passed: 0, skipped: 0 }), failed: Math.max(1, count?.failed ?? 0) };
    }
    if (count) return count;
  }
  return { passed: 1, failed: 0, skipped: 0 };
}

/** The counts of vitest's JSON report, or of our own suite in the extension host. */
function readCount(file) {
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  if (report.numTotalTests === undefined) {
    return { passed: report.passed, failed: report.failures, skipped: report.skipped };
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
