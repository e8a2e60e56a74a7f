/** The outline of a file: objects, and their fields below them. */
import {
  entryOf,
  keyText,
  type Manifest,
  type ManifestDocument,
  type TreeNode,
} from '../manifest/index.ts';
import type { TextRange } from '../source/index.ts';

/** One row of the outline. */
export interface FileSymbol {
  readonly name: string;
  readonly detail?: string;
  readonly kind: 'object' | 'list' | 'field';
  readonly range: TextRange;
  readonly selection: TextRange;
  readonly children?: readonly FileSymbol[];
}

const MAX_DEPTH = 12;

export function documentSymbols(documents: readonly ManifestDocument[]): readonly FileSymbol[] {
  return documents.flatMap((document) => document.manifests.map(manifestSymbol));
}

function manifestSymbol(manifest: Manifest): FileSymbol {
  const { document, kind, object } = manifest;
  const node = nodeAt(document.root, manifest.at);
  const range = node ? shifted(node.range, document.start) : document.range;
  return {
    name: `${kind} ${object.metadata?.name ?? ''}`.trim(),
    ...(object.metadata?.namespace ? { detail: object.metadata.namespace } : {}),
    kind: 'object',
    range,
    selection: { start: range.start, end: Math.min(range.end, range.start + 1) },
    children: node ? childrenOf(node, document.start, 0) : [],
  };
}

function nodeAt(
  root: TreeNode | undefined,
  path: readonly (string | number)[],
): TreeNode | undefined {
  let node = root;
  for (const step of path) {
    if (node?.kind === 'map') node = entryOf(node, String(step))?.value;
    else if (node?.kind === 'list' && typeof step === 'number') node = node.items[step];
    else return undefined;
  }
  return node;
}

function childrenOf(node: TreeNode, base: number, depth: number): readonly FileSymbol[] {
  if (depth > MAX_DEPTH) return [];
  if (node.kind === 'list') {
    return node.items.map((item, i) => ({
      name: nameOfItem(item) ?? `[${i}]`,
      kind: 'object' as const,
      range: shifted(item.range, base),
      selection: shifted({ start: item.range.start, end: item.range.start }, base),
      children: childrenOf(item, base, depth + 1),
    }));
  }
  if (node.kind === 'scalar') return [];
  return node.entries
    .filter((it) => !it.merged)
    .map(({ key, value }) => ({
      name: keyText(key),
      ...(value?.kind === 'scalar' ? { detail: value.source.split('\n')[0] ?? '' } : {}),
      kind: value?.kind === 'list' ? ('list' as const) : ('field' as const),
      range: shifted(
        { start: key.range.start, end: Math.max(key.range.end, value?.range.end ?? 0) },
        base,
      ),
      selection: shifted(key.range, base),
      children: value ? childrenOf(value, base, depth + 1) : [],
    }));
}

function nameOfItem(item: TreeNode): string | undefined {
  if (item.kind === 'scalar') return item.source;
  const name = item.kind === 'map' ? entryOf(item, 'name')?.value : undefined;
  return name?.kind === 'scalar' ? name.source : undefined;
}

function shifted({ start, end }: TextRange, by: number): TextRange {
  return { start: start + by, end: end + by };
}
