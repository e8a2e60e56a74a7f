import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LAYERS, type Layer } from './layer-table.ts';

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function sourceFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((it) => /\.tsx?$/.test(it))
    .map((it) => path.posix.join(folder, it.split(path.sep).join('/')));
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found: Import[] = [];
  for (const match of text.matchAll(
    /^(import|export)\b(\s+type)?[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]/gms,
  )) {
    found.push({ file, specifier: match[3] ?? '', typeOnly: match[2] !== undefined });
  }
  for (const match of text.matchAll(/^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)) {
    found.push({ file, specifier: match[1] ?? match[2] ?? '', typeOnly: false });
  }
  return found;
}

/** The fault of an import against the table, in words; undefined where it is allowed. */
function faultOf({ file, specifier, typeOnly }: Import, layer: Layer): string | undefined {
  if (!specifier.startsWith('.')) {
    const allowed = layer.packages.some(
      (it) => specifier === it || specifier.startsWith(it.endsWith(':') ? it : `${it}/`),
    );
    if (allowed && specifier.startsWith('kubernetes-models') && !typeOnly) {
      return `${file} imports values of ${specifier}; only its types are for us`;
    }
    return allowed ? undefined : `${file} imports the package ${specifier}`;
  }
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
  if (target.startsWith(`${layer.folder}/`)) return undefined;
  const folder = /^server\/src\/([^/]+)\//.exec(target)?.[1];
  if (!folder || !layer.mayImport.includes(folder)) return `${file} imports ${target}`;
  if (target !== `server/src/${folder}/index.ts`)
    return `${file} imports ${target} instead of the folder's index.ts`;
  return undefined;
}

describe('layers', () => {
  for (const layer of LAYERS) {
    it(`${layer.folder} imports only what it may`, () => {
      const faults = sourceFiles(layer.folder)
        .flatMap(importsOf)
        .map((it) => faultOf(it, layer))
        .filter((it) => it !== undefined);
      expect(faults).toEqual([]);
    });
  }

  it('finds a forbidden import when there is one', () => {
    const scheduling = LAYERS.find((it) => it.folder.endsWith('scheduling'));
    const file = 'server/src/scheduling/a.ts';
    const fault = (specifier: string) =>
      scheduling && faultOf({ file, specifier, typeOnly: false }, scheduling);
    expect(fault('../admission/index.ts')).toContain('imports server/src/admission');
    expect(fault('../manifest/field.ts')).toContain('instead of');
    expect(fault('node:fs')).toContain('package');
    expect(fault('../manifest/index.ts')).toBeUndefined();
  });

  it('the engine asks neither the clock nor chance', () => {
    const engine = LAYERS.filter(
      (it) => it.folder.startsWith('server/src/') && !/(?:lsp|cli)$/.test(it.folder),
    );
    const faults = engine
      .flatMap((it) => sourceFiles(it.folder))
      .filter((file) =>
        /\bnew Date\(\)|\bDate\.now\(|\bMath\.random\(/.test(readFileSync(file, 'utf8')),
      );
    expect(faults).toEqual([]);
  });

  it('every folder of the engine is in the table', () => {
    const folders = readdirSync('server/src', { withFileTypes: true })
      .filter((it) => it.isDirectory())
      .map((it) => `server/src/${it.name}`);
    expect(folders.filter((it) => !LAYERS.some((layer) => layer.folder === it))).toEqual([]);
  });
});
