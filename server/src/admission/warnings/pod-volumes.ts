/** Warnings about volumes: dead plugins, fractions of bytes, files in each other's way. */
import type { Volume } from '../validation/pod-written.ts';
import { goQuote, type Path } from '../validation/machinery/index.ts';
import { fractionalWarnings } from './pod-containers.ts';
import { append } from '../validation/pod-append.ts';

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
interface Item {
  readonly path?: string;
}

/** In upstream's order; the claim template is looked at before the last two. */
const DEPRECATED_PLUGINS: readonly (readonly [keyof Volume, string, string?])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11'],
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
    return [
      ...warnings,
      ...(['requests', 'limits'] as const).flatMap((half) =>
        fractionalWarnings(resources?.[half]?.['storage'], spec.child(half).key('storage')),
      ),
    ];
  });
}

/** Files of one volume that overwrite each other, or of which one is the other's folder. */
export function overlappingPathWarnings(volumes: readonly Volume[]): string[] {
  return volumes.flatMap((volume) => {
    const name = goQuote(volume.name ?? '');
    const { configMap, secret, downwardAPI, projected } = volume;
    const of = (items: readonly Item[] | undefined, source: string): string[] =>
      overlaps(pathsOf(items), `volume ${name} (${source}): overlapping paths`);
    return [
      ...of(configMap?.items, `ConfigMap ${goQuote(configMap?.name ?? '')}`),
      ...of(secret?.items, `Secret ${goQuote(secret?.secretName ?? '')}`),
      ...of(downwardAPI?.items, 'DownwardAPI'),
      ...projectedOverlaps(projected?.sources ?? [], name),
    ];
  });
}

function projectedOverlaps(sources: readonly Projection[], volume: string): string[] {
  const warnings: string[] = [];
  const all = new Set<string>();
  let paths: readonly string[] = [];
  let message = '';
  for (const source of sources) {
    if (Object.values(source).every((it) => it === undefined)) {
      warnings.push(`volume ${volume} (Projected) has no sources provided`);
      continue;
    }
    // A source without items is taken for the one before it, as upstream does.
    const found = projectedPaths(source);
    if (found) {
      paths = found.paths;
      message = `volume ${volume} (Projected ${found.source}): overlapping paths`;
    }
    if (paths.length === 0) continue;
    append(warnings, overlaps(paths, message));
    const unique = new Set(paths);
    append(warnings, overlaps([...unique, ...all].sort(), message));
    for (const it of unique) all.add(it);
  }
  return warnings;
}

function projectedPaths(
  source: Projection,
): { readonly paths: readonly string[]; readonly source: string } | undefined {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  if (configMap?.items) {
    const name = `ConfigMap ${goQuote(configMap.name ?? '')}`;
    return { paths: pathsOf(configMap.items), source: name };
  }
  if (secret?.items) {
    return { paths: pathsOf(secret.items), source: `Secret ${goQuote(secret.name ?? '')}` };
  }
  if (downwardAPI?.items) return { paths: pathsOf(downwardAPI.items), source: 'DownwardAPI' };
  if (serviceAccountToken) {
    return { paths: [serviceAccountToken.path ?? ''], source: 'ServiceAccountToken' };
  }
  if (!clusterTrustBundle) return undefined;
  const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '';
  return { paths: [clusterTrustBundle.path ?? ''], source: `ClusterTrustBundle ${goQuote(name)}` };
}

function pathsOf(items: readonly Item[] | undefined): readonly string[] {
  return (items ?? []).map((it) => it.path ?? '');
}

function overlaps(paths: readonly string[], message: string): string[] {
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const it of paths) {
    const path = it.replace(/\/+$/, '');
    const other = findOverlap(seen, path);
    if (other !== '') warnings.push(`${message}: ${goQuote(path)} with ${goQuote(other)}`);
    seen.add(path);
  }
  return warnings;
}

function findOverlap(paths: ReadonlySet<string>, path: string): string {
  for (const item of paths) {
    if (item === '' || path === '') return '';
    if (item === path || `${item}/`.startsWith(path) || `${path}/`.startsWith(item)) return item;
  }
  return '';
}
