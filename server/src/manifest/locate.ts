/** From a place in an object to a range in a text. */
import type { SourceFile, TextRange } from '../source/index.ts';
import { toFieldRef, type Citable, type FieldPath } from './field.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { documentPath, originOf } from './origin.ts';
import { entryOf, type TreeNode } from './tree.ts';

/** Where a field stands in a text, or would. */
export interface Location {
  readonly file: SourceFile;
  /** A scalar's value, a map's or list's key, or the key of the nearest written ancestor. */
  readonly range: TextRange;
  /** False where the field is not written and the range is an ancestor's. */
  readonly writtenHere: boolean;
}

/** Finds a place in its text; undefined for objects that nobody wrote. */
export function locate(place: Citable): Location | undefined {
  const ref = toFieldRef(place);
  const origin = originOf(ref.root);
  return origin
    ? locateInDocument(origin.document, documentPath(origin, ref.path), ref.key === true)
    : undefined;
}

/** Whether somebody wrote the field, rather than the server its default. */
export function isWritten(place: Citable): boolean {
  return locate(place)?.writtenHere === true;
}

/** Finds a path in a document. */
export function locateInDocument(
  document: ManifestDocument,
  path: FieldPath,
  wantKey = false,
): Location {
  const { file, start } = document;
  const found = walk(document.root, path);
  const range = found.range
    ? {
        start: found.range.start + start,
        end: found.range.end + start,
      }
    : document.range;
  if (found.written && !wantKey && found.scalar) {
    const { start: from, end } = found.scalar;
    return { file, range: { start: from + start, end: end + start }, writtenHere: true };
  }
  return { file, range: oneLine(file, range), writtenHere: found.written };
}

interface Found {
  /** The key (or list item's first line) of the deepest written step. */
  readonly range: TextRange | undefined;
  readonly scalar: TextRange | undefined;
  readonly written: boolean;
}

function walk(root: TreeNode | undefined, path: FieldPath): Found {
  let node = root;
  let range = root && firstKey(root);
  for (const step of path) {
    if (node?.kind === 'map') {
      const entry = entryOf(node, String(step));
      if (!entry) return { range, scalar: undefined, written: false };
      range = entry.key.range;
      node = entry.value;
    } else if (node?.kind === 'list' && typeof step === 'number' && node.items[step]) {
      node = node.items[step];
      range = node.kind === 'scalar' ? node.range : firstKey(node);
    } else {
      return { range, scalar: undefined, written: false };
    }
  }
  const scalar =
    node?.kind === 'scalar' && node.range.end > node.range.start ? node.range : undefined;
  return { range, scalar, written: true };
}

/** What stands for a whole map or list: its first key. */
function firstKey(node: TreeNode): TextRange {
  if (node.kind === 'map') return node.entries[0]?.key.range ?? node.range;
  if (node.kind === 'list') {
    const first = node.items[0];
    return first ? firstKey(first) : node.range;
  }
  return node.range;
}

/** A range that ends at its first line: a squiggle under half a file says nothing. */
function oneLine(file: SourceFile, range: TextRange): TextRange {
  const newline = file.text.indexOf('\n', range.start);
  if (newline === -1 || newline >= range.end) return range;
  return { start: range.start, end: Math.max(range.start + 1, newline) };
}
