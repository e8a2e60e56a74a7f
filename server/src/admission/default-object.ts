import type { StoredMetadata } from '../manifest/index.ts';

/**
 * Of the objects whose annotation says that they are the default, the newest; of equally old ones
 * the first by name. As DefaultStorageClass and DefaultIngressClass choose.
 */
export function newestMarkedDefault<T extends { readonly metadata: StoredMetadata }>(
  all: readonly T[],
  annotations: readonly string[],
): T | undefined {
  let chosen: T | undefined;
  for (const it of all) {
    if (!annotations.some((name) => it.metadata.annotations?.[name] === 'true')) continue;
    if (!chosen || comesBefore(it.metadata, chosen.metadata)) chosen = it;
  }
  return chosen;
}

function comesBefore(a: StoredMetadata, b: StoredMetadata): boolean {
  const [created, other] = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''];
  // Timestamps are RFC 3339 in UTC, so their texts sort as they do.
  return created === other ? a.name < b.name : created > other;
}
