/**
 * Owner references that stand twice in an object's metadata: the API server keeps the first and
 * warns. Follows dedupOwnerReferences of
 * staging/src/k8s.io/apiserver/pkg/endpoints/handlers/rest.go.
 */

/** Takes equal references out; the warning, or undefined where there were none. */
export function dropRepeatedOwners(
  metadata: Record<string, unknown>,
  afterMutation: boolean,
): string | undefined {
  const references = (metadata['ownerReferences'] ?? []) as readonly { readonly uid?: string }[];
  const kept = new Map<string, { readonly uid?: string }>();
  const repeated: string[] = [];
  for (const it of references) {
    const key = JSON.stringify(Object.entries(it).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    if (kept.has(key)) repeated.push(it.uid ?? '');
    else kept.set(key, it);
  }
  if (repeated.length === 0) return undefined;
  metadata['ownerReferences'] = [...kept.values()];
  const when = afterMutation ? ' after mutating admission happens' : '';
  return (
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner` +
    ' references in 1.20+, and may reject such requests as early as 1.24; please fix your' +
    ` requests; duplicate UID(s) observed: ${repeated.join(', ')}`
  );
}
