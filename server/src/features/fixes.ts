/** A rule's fix as text edits. */
import {
  documentPath,
  moveDocument,
  moveNode,
  originOf,
  removeDocument,
  removeField,
  setField,
  TextOf,
  toFieldRef,
  type Citable,
  type FieldPath,
  type Json,
  type ManifestDocument,
  type TextEdit,
} from '../manifest/index.ts';
import type { FieldChange, MoveChange, RaceFix } from '../races/index.ts';
import type { SourceFile } from '../source/index.ts';

/** The edits of one file, from its beginning to its end. */
export interface FileEdits {
  readonly file: SourceFile;
  readonly edits: readonly TextEdit[];
}

export interface FixEdits {
  readonly title: string;
  readonly files: readonly FileEdits[];
}

/**
 * The edits that make a fix; undefined where one of its changes has no place in the text, or where
 * two would write at the same place: half a fix is none.
 */
export function fixEdits({ title, changes }: RaceFix): FixEdits | undefined {
  const byFile = new Map<SourceFile, TextEdit[]>();
  for (const change of changes) {
    const place = placeOf('move' in change ? change.move : change.at);
    const edits =
      place && ('move' in change ? moveEdits(place, change) : fieldEdits(place, change));
    if (!edits) return undefined;
    const { file } = place.document;
    byFile.set(file, [...(byFile.get(file) ?? []), ...edits]);
  }
  const files = [...byFile].map(([file, edits]) => ({ file, edits: edits.toSorted(byPlace) }));
  return files.length === 0 || files.some(overlaps) ? undefined : { title, files };
}

/** Where in which document. */
interface Place {
  readonly document: ManifestDocument;
  readonly path: FieldPath;
}

function placeOf(at: Citable): Place | undefined {
  const { root, path } = toFieldRef(at);
  const origin = originOf(root);
  return origin && { document: origin.document, path: documentPath(origin, path) };
}

function fieldEdits(
  { document, path }: Place,
  { value }: FieldChange,
): readonly TextEdit[] | undefined {
  const edit =
    value !== undefined
      ? setField(document, path, value)
      : path.length > 0
        ? removeField(document, path)
        : removeDocument(document);
  return edit && [edit];
}

function moveEdits(
  { document, path }: Place,
  { to, adding, as }: MoveChange,
): readonly TextEdit[] | undefined {
  const target = placeOf(to);
  if (!target) return undefined;
  if (path.length === 0 && target.path.length === 0) return moveDocument(document, target.document);
  if (document !== target.document) return undefined;
  const becomes = as && pathsOf(as);
  if (as && !becomes) return undefined;
  return moveNode(document, {
    from: path,
    to: target.path,
    ...(adding ? { adding } : {}),
    ...(becomes ? { as: becomes } : {}),
  });
}

/** With paths of the document in place of places; undefined where nobody wrote one of them. */
function pathsOf(
  as: NonNullable<MoveChange['as']>,
): Record<string, Json | TextOf<FieldPath>> | undefined {
  const found: Record<string, Json | TextOf<FieldPath>> = {};
  for (const [key, it] of Object.entries(as)) {
    const place = it instanceof TextOf ? placeOf(it.place) : undefined;
    if (it instanceof TextOf && !place) return undefined;
    found[key] = it instanceof TextOf ? new TextOf(place?.path ?? []) : it;
  }
  return found;
}

function byPlace(a: TextEdit, b: TextEdit): number {
  return a.range.start - b.range.start || a.range.end - b.range.end;
}

function overlaps({ edits }: FileEdits): boolean {
  return edits.some((it, i) => {
    const before = edits[i - 1];
    return before && it.range.start < before.range.end;
  });
}
