/** A rule's fix as text edits. */
import {
  documentPath,
  originOf,
  removeField,
  setField,
  toFieldRef,
  type TextEdit,
} from '../manifest/index.ts';
import type { RaceFix } from '../races/index.ts';
import type { SourceFile } from '../source/index.ts';

/** Edits of one file. */
export interface FileFix {
  readonly title: string;
  readonly file: SourceFile;
  readonly edits: readonly TextEdit[];
}

/**
 * The edits that make a fix; undefined where one of them has no place in the text, or where two
 * would write at the same place: half a fix is none.
 */
export function fixEdits({ title, changes }: RaceFix): FileFix | undefined {
  let file: SourceFile | undefined;
  const edits: TextEdit[] = [];
  for (const { at, value } of changes) {
    const { root, path } = toFieldRef(at);
    const origin = originOf(root);
    if (!origin || (file && file !== origin.document.file)) return undefined;
    file = origin.document.file;
    const full = documentPath(origin, path);
    const edit =
      value === undefined
        ? removeField(origin.document, full)
        : setField(origin.document, full, value);
    if (!edit) return undefined;
    edits.push(edit);
  }
  edits.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  const overlap = edits.some((it, i) => {
    const before = edits[i - 1];
    return before && it.range.start < before.range.end;
  });
  return file && !overlap ? { title, file, edits } : undefined;
}
