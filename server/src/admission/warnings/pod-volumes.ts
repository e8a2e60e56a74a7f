/** Warnings about volumes: dead plugins, fractions of bytes, files in each other's way. */
import type { Volume } from '../validation/pod-written.ts';
import { goQuote, type Path } from '../validation/machinery/index.ts';
import { fractionalWarnings } from './pod-containers.ts';
import { append } from '../validation/pod-append.ts';

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
interface ClaimResources {
  readonly requests?: Readonly<Record<string, string | number>>;
  readonly limits?: Readonly<Record<string, string | number>>;
}
interface Item {
  readonly path?: string;
}

/** In upstream's order; the claim template is looked at before the last two. */
const DEPRECATED_PLUGINS: readonly (readonly [keyof Volume, string, string?])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** Plugins that are deprecated or gone, and claims for a fraction of a byte. */
export function volumeWarnings(volumes: readonly Volume[], path: Path): string[] {
  return volumes.flatMap((volume, i) => {
    const at = path.index(i);
    const warnings = DEPRECATED_PLUGINS.filter(([field]) => volume[field] !== undefined).map(
      ([field, text, name = field]) => `${at.child(name).toString()}: ${text}`,
    );
    const resources = volume.ephemeral?.volumeClaimTemplate?.spec?.resources;
    const spec = at.child('ephemeral', 'volumeClaimTemplate', 'spec').child('resources');
    return [...warnings, ...claimWarnings(resources, spec)];
  });
}

/** A claim for a fraction of a byte (GetWarningsForPersistentVolumeClaimSpec). */
export function claimWarnings(resources: ClaimResources | undefined, path: Path): string[] {
  return (['requests', 'limits'] as const).flatMap((half) =>
    fractionalWarnings(resources?.[half]?.['storage'], path.child(half).key('storage')),
  );
}

interface FilePath {
  readonly path: string;
  /** Which source of a projected volume it comes from; empty elsewhere. */
  readonly source: string;
}

/** Files of one volume that overwrite each other, or of which one is the other's folder. */
export function overlappingPathWarnings(volumes: readonly Volume[]): string[] {
  return volumes.flatMap((volume) => {
    const name = goQuote(volume.name ?? '');
    const { configMap, secret, downwardAPI, projected } = volume;
    const of = (items: readonly Item[] | undefined, source: string): string[] =>
      overlaps(pathsOf(items, ''), `volume ${name} (${source})`);
    return [
      ...of(configMap?.items, `ConfigMap ${goQuote(configMap?.name ?? '')}`),
      ...of(secret?.items, `Secret ${goQuote(secret?.secretName ?? '')}`),
      ...of(downwardAPI?.items, 'DownwardAPI'),
      ...projectedOverlaps(projected?.sources ?? [], `volume ${name} (Projected)`),
    ];
  });
}

function projectedOverlaps(sources: readonly Projection[], volume: string): string[] {
  const warnings: string[] = [];
  const taken: FilePath[] = [];
  for (const source of sources) {
    if (Object.values(source).every((it) => it === undefined)) {
      warnings.push(`${volume} has no sources provided`);
    } else append(warnings, overlaps(projectedPaths(source), volume, taken));
  }
  return warnings;
}

function projectedPaths(source: Projection): readonly FilePath[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap?.items) {
    return pathsOf(configMap.items, `ConfigMap ${goQuote(configMap.name ?? '')}`);
  }
  if (secret?.items) return pathsOf(secret.items, `Secret ${goQuote(secret.name ?? '')}`);
  if (downwardAPI?.items) return pathsOf(downwardAPI.items, 'DownwardAPI');
  return serviceAccountToken ? pathsOf([serviceAccountToken], 'ServiceAccountToken') : [];
}

function pathsOf(items: readonly Item[] | undefined, source: string): readonly FilePath[] {
  return (items ?? []).map(({ path = '' }) => ({ path: path.replace(/\/+$/, ''), source }));
}

/** Each path against those before it, which it then joins. */
function overlaps(paths: readonly FilePath[], volume: string, taken: FilePath[] = []): string[] {
  const warnings: string[] = [];
  for (const it of paths) {
    for (const other of taken) {
      if (!isOverlap(it.path, other.path)) continue;
      warnings.push(`${volume}: overlapping paths: ${printPath(it)} with ${printPath(other)}`);
    }
    taken.push(it);
  }
  return warnings;
}

/** The same file, or one in the folder that the other is. */
function isOverlap(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function printPath({ path, source }: FilePath): string {
  return source === '' ? goQuote(path) : `${goQuote(path)} (${source})`;
}
