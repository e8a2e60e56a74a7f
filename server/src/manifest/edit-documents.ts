/** Moves a document of a file before another one, or takes it away, as the least text edits. */
import { DocumentText, type TextEdit } from './document-text.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { cutDocuments, type Piece } from './parse-documents.ts';
import type { ScalarNode, TreeNode } from './tree.ts';

/**
 * The edits that make a document stand before an earlier one of its file. The comments above a
 * document go with it; those at the head of the file that a blank line parts from the first
 * document are the file's. Undefined where the marks between documents carry more than marks,
 * and where line ends at the document's end belong to its last value.
 */
export function moveDocument(
  document: ManifestDocument,
  before: ManifestDocument,
): readonly TextEdit[] | undefined {
  const { file } = document;
  const moved = pieceOf(document);
  const first = pieceOf(before);
  if (file !== before.file || !moved || !first || moved.start <= first.start) return undefined;
  const last = document.root && lastScalar(document.root);
  if (last && new DocumentText(document).endOfScalar(last) === undefined) return undefined;
  const at = first.start + headOf(first, first.start === 0);
  const newline = file.text.includes('\r\n') ? '\r\n' : '\n';
  const body = moved.text.slice(headOf(moved, false)).trimEnd();
  const mark = { start: moved.start - MARK.length, end: moved.start + moved.text.length };
  return [
    { range: { start: at, end: at }, newText: `${body}${newline}${MARK}${newline}` },
    { range: mark, newText: '' },
  ];
}

/** The edit that takes a document away with one of its marks; undefined for a file's only one. */
export function removeDocument(document: ManifestDocument): TextEdit | undefined {
  const { text } = document.file;
  const piece = pieceOf(document);
  if (!piece) return undefined;
  const end = piece.start + piece.text.length;
  const isAlone = cutDocuments(text).every(
    (it) => it.start === piece.start || it.text.trim() === '',
  );
  if (isAlone) return undefined;
  if (piece.start > 0) return { range: { start: piece.start - MARK.length, end }, newText: '' };
  // The first one has no mark of its own: that of the next goes.
  const line = /^---[ \t]*\r?\n/.exec(text.slice(end));
  return line
    ? { range: { start: headOf(piece, true), end: end + line[0].length }, newText: '' }
    : undefined;
}

const MARK = '---';

function lastScalar(node: TreeNode): ScalarNode | undefined {
  if (node.kind === 'scalar') return node;
  const last = node.kind === 'list' ? node.items.at(-1) : node.entries.at(-1)?.value;
  return last && lastScalar(last);
}

/** The document's text; undefined where it is not made of lines of its own. */
function pieceOf({ file, start }: ManifestDocument): Piece | undefined {
  const piece = cutDocuments(file.text).find((it) => it.start === start);
  const isPlain =
    piece &&
    (start === 0 || /^[ \t]*\r?\n/.test(piece.text)) &&
    !/^(?:%|\.\.\.(?:\s|$))/m.test(piece.text) &&
    !piece.text.startsWith('\uFEFF');
  return isPlain ? piece : undefined;
}

/** Where in a piece its lines begin; behind the comments that are the file's, at the head of one. */
function headOf({ text, start }: Piece, isFileHead: boolean): number {
  const line = start === 0 ? 0 : text.indexOf('\n') + 1;
  if (!isFileHead) return line;
  const comments = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(text)?.[0] ?? '';
  const parted = /^[^]*\n[ \t]*\r?\n/.exec(comments)?.[0] ?? /^[ \t]*\r?\n/.exec(comments)?.[0];
  return parted?.length ?? 0;
}
