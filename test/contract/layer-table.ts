/** Which folder may import which, and which packages. ARCHITECTURE.md shows this very table. */
export interface Layer {
  readonly folder: string;
  /** Folders of server/src it may import, besides itself. */
  readonly mayImport: readonly string[];
  readonly packages: readonly string[];
}

const BASE = ['source', 'manifest'];
const WORLD = [...BASE, 'cluster', 'explanation'];
const SIMULATIONS = ['admission', 'workloads', 'scheduling', 'lifecycle', 'endpoints'];
const PREDICTION = [...WORLD, ...SIMULATIONS];
const RACES = [...PREDICTION, 'prediction'];

export const LAYERS: readonly Layer[] = [
  { folder: 'server/src/source', mayImport: [], packages: [] },
  { folder: 'server/src/manifest', mayImport: ['source'], packages: ['yaml', 'kubernetes-models'] },
  {
    folder: 'server/src/cluster',
    mayImport: BASE,
    packages: ['re2js'],
  },
  { folder: 'server/src/explanation', mayImport: BASE, packages: [] },
  {
    folder: 'server/src/admission',
    mayImport: WORLD,
    packages: ['kubernetes-models'],
  },
  { folder: 'server/src/workloads', mayImport: WORLD, packages: ['kubernetes-models'] },
  { folder: 'server/src/scheduling', mayImport: WORLD, packages: ['kubernetes-models'] },
  { folder: 'server/src/lifecycle', mayImport: WORLD, packages: ['kubernetes-models'] },
  { folder: 'server/src/endpoints', mayImport: WORLD, packages: ['kubernetes-models'] },
  { folder: 'server/src/prediction', mayImport: PREDICTION, packages: ['kubernetes-models'] },
  { folder: 'server/src/races', mayImport: RACES, packages: ['kubernetes-models'] },
  { folder: 'server/src/protocol', mayImport: [], packages: [] },
  { folder: 'server/src/features', mayImport: [...RACES, 'races', 'protocol'], packages: [] },
  {
    folder: 'server/src/lsp',
    mayImport: ['features', 'protocol', 'source', 'explanation'],
    packages: ['vscode-languageserver', 'vscode-languageserver-textdocument', 'node:'],
  },
  {
    folder: 'server/src/cli',
    mayImport: ['features', 'protocol', 'source', 'explanation'],
    packages: ['node:', 'commander', 'tinyglobby', 'sarif'],
  },
  {
    folder: 'client/src',
    mayImport: ['protocol'],
    packages: ['vscode', 'vscode-languageclient', 'node:'],
  },
  {
    folder: 'media',
    mayImport: ['protocol'],
    packages: ['preact', 'preact-render-to-string'],
  },
];
