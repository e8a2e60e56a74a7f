// Bundles docs-entry.ts and writes what it gives into docs/, schemas/, README.md, ARCHITECTURE.md,
// package.json.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The text between `<!-- NAME: … -->` and `<!-- /NAME -->` replaced. */
function between(text, name, content) {
  const pattern = new RegExp(`(<!-- ${name}:[^\\n]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!pattern.test(text)) throw new Error(`no marks for ${name}`);
  return text.replace(pattern, (_, open, close) => `${open}${content}\n${close}`);
}

export async function generateDocs(root) {
  const outfile = path.join(root, 'out/run/docs-entry.mjs');
  await build({
    entryPoints: [path.join(root, 'scripts/docs-entry.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const docs = await import(`${pathToFileURL(outfile).href}?${process.hrtime.bigint()}`);
  const read = (file) => readFileSync(path.join(root, file), 'utf8');
  const { left } = JSON.parse(read('test/contract/race-catalogue.json'));
  const files = new Map();
  files.set('docs/rules.md', docs.rulesIndex(left));
  for (const [page, text] of docs.rulePages()) files.set(`docs/${page}`, text);
  files.set('docs/scheduler-plugins.md', docs.schedulerPluginsPage());
  files.set('docs/fidelity.md', docs.fidelityPage());
  files.set('schemas/podsage.schema.json', docs.configSchema());
  files.set('ARCHITECTURE.md', between(read('ARCHITECTURE.md'), 'layers', docs.layerTable()));
  files.set('README.md', between(read('README.md'), 'rules', docs.ruleTable()));
  const manifest = JSON.parse(read('package.json'));
  manifest.contributes.configuration.properties['podsage.rules'] = {
    type: 'object',
    order: 8,
    additionalProperties: false,
    default: {},
    markdownDescription: 'Severity by rule. `off` silences a rule.',
    properties: docs.ruleSettings(),
  };
  files.set('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  return files;
}
