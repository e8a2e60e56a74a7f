// Writes every generated file of the project, or with --check names those that are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { generateDocs } from './generate-docs.mjs';
import { generateRuleList } from './generate-rules.mjs';
import { generateStructure } from './generate-structure.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Every generated file with its text, by path from the root. */
export async function generateAll() {
  const files = new Map();
  const { structure, descriptions } = await generateStructure();
  files.set('server/src/manifest/structure.json', structure);
  files.set('server/src/manifest/descriptions.json', descriptions);
  const list = generateRuleList(root);
  files.set('server/src/races/rules.ts', list);
  // The documents are made of the rules as listed, so the list has to be there first.
  const listFile = path.join(root, 'server/src/races/rules.ts');
  const current = existsSync(listFile) && readFileSync(listFile, 'utf8') === list;
  if (current) for (const [file, text] of await generateDocs(root)) files.set(file, text);
  return files;
}

/** The generated files that do not hold what they should. */
export async function outOfDate() {
  const stale = [];
  for (const [file, text] of await generateAll()) {
    const full = path.join(root, file);
    if (!existsSync(full) || readFileSync(full, 'utf8') !== text) stale.push([file, text]);
  }
  return stale;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stale = await outOfDate();
  if (process.argv.includes('--check')) {
    for (const [file] of stale) console.error(`${file} is out of date: run \`npm run generate\``);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    // A second round, for the documents, once the list of rules is written.
    for (const round of [stale, undefined]) {
      for (const [file, text] of round ?? (await outOfDate())) {
        writeFileSync(path.join(root, file), text);
        console.log(`wrote ${file}`);
      }
    }
  }
}
