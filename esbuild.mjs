// Builds every bundle: `node esbuild.mjs [--production] [--watch]`. A bundle whose source does not
// exist is left out. The product goes to dist/, the tests that the editor runs to out/.
import * as esbuild from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  target: 'es2023',
  logLevel: 'warning',
  absWorkingDir: root,
  legalComments: 'none',
};
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };
const browser = { ...common, platform: 'browser' };

/** Every bundle, by the file it is written to. */
const BUNDLES = {
  'dist/extension.js': {
    ...node,
    entryPoints: ['client/src/main.node.ts'],
    external: ['vscode'],
  },
  'dist/extension.web.js': {
    ...browser,
    entryPoints: ['client/src/main.web.ts'],
    external: ['vscode'],
    format: 'cjs',
  },
  'dist/server.js': { ...node, entryPoints: ['server/src/lsp/main.node.ts'] },
  'dist/server.worker.js': {
    ...browser,
    entryPoints: ['server/src/lsp/main.worker.ts'],
    format: 'iife',
  },
  'dist/cli.js': {
    ...node,
    entryPoints: ['server/src/cli/bin.ts'],
    // tinyglobby asks where it stands; CommonJS has another word for it.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: {
      js: "#!/usr/bin/env node\nconst importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
    },
  },
  // Its CSS, imported by the source, becomes dist/webview.css.
  'dist/webview.js': {
    ...browser,
    entryPoints: ['media/prediction/main.tsx'],
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  },
  'out/vscode/suite.js': {
    ...node,
    entryPoints: ['test/vscode/suite/index.ts'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    minify: false,
  },
};

/** The API's field texts, apart from the bundles because they are needed at the first hover only. */
function copyDescriptions() {
  const from = path.join(root, 'server/src/manifest/descriptions.json');
  const to = path.join(root, 'dist/descriptions.json');
  if (!existsSync(from)) return;
  mkdirSync(path.dirname(to), { recursive: true });
  if (production) writeFileSync(to, JSON.stringify(JSON.parse(readFileSync(from, 'utf8'))));
  else copyFileSync(from, to);
}

const wanted = Object.entries(BUNDLES).filter(([, { entryPoints }]) =>
  existsSync(path.join(root, entryPoints[0])),
);
const configs = wanted.map(([outfile, options]) => Object.assign(options, { outfile }));

// Source maps of an earlier build would otherwise be beside the production bundles.
if (production) rmSync(path.join(root, 'dist'), { recursive: true, force: true });
copyDescriptions();
if (process.argv.includes('--watch')) {
  await Promise.all(configs.map(async (it) => (await esbuild.context(it)).watch()));
} else {
  await Promise.all(configs.map((it) => esbuild.build(it)));
}
