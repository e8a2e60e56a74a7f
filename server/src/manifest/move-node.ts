/**
 * Moves a list's item, or turns a field into something elsewhere, as text: what is moved keeps its
 * comments, quotes and layout, and is indented as its new neighbours are.
 */
import { DocumentText, type Child, type TextEdit } from './document-text.ts';
import { removeChild } from './edit-field.ts';
import type { FieldPath } from './field.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { commentsOf, placed, type Carried } from './place-node.ts';
import type { TreeNode } from './tree.ts';
import { blockLines, toFlow, Verbatim, type Json } from './write-yaml.ts';

/** In what a moved field becomes: the text of a field, as it is written where the path leads. */
export class TextOf<T> {
  readonly place: T;

  constructor(place: T) {
    this.place = place;
  }
}

/** A place that goes elsewhere in its document. */
export interface NodeMove {
  /** A list's item; with `as` also a field. */
  readonly from: FieldPath;
  /** The index that the item gets in a list (those behind move on), or a field that is not there. */
  readonly to: FieldPath;
  /** Fields that the moved item gets besides its own. */
  readonly adding?: Readonly<Record<string, Json>>;
  /** What it becomes; as it is where left out. */
  readonly as?: Readonly<Record<string, Json | TextOf<FieldPath>>>;
}

/**
 * The edits of a move, in the order of the text. Undefined where the text gives no place for it: where something of it has an
 * anchor or is an alias, where a block would have to become flow, where a list would be empty.
 */
export function moveNode(
  document: ManifestDocument,
  move: NodeMove,
): readonly TextEdit[] | undefined {
  const { root, problems } = document;
  const text = new DocumentText(document);
  // Where the text is broken nobody knows what its parts mean.
  if (problems.length > 0) return undefined;
  const source = text.childAt(root, move.from);
  if (!root || !source?.node || isShared(source.node)) return undefined;
  // A list of containers and the like may not be left empty.
  if (!move.as && source.spans.length === 1) return undefined;
  const region = regionOf(text, source);
  const carried =
    region &&
    (move.as
      ? turned(text, root, region, move.as)
      : asItStands(text, source, region, move.adding ?? {}));
  const insertion = carried && placed(text, root, move.from, move.to, carried);
  const removal = region && removeChild(text, source, region);
  if (!insertion || !removal) return undefined;
  const isForward = insertion.range.start > removal.range.start;
  return isForward ? [removal, insertion] : [insertion, removal];
}

/** From where its comments begin to where the line of its last character, or of its last comment, does. */
interface Region {
  readonly start: number;
  readonly end: number;
}

/** A child with the comments above it, and those within a list's item behind its last field. */
function regionOf(text: DocumentText, child: Child): Region | undefined {
  const { parent, entry, spans, index } = child;
  const span = spans[index];
  if (span?.end === undefined) return undefined;
  if (text.isFlow(parent)) return { start: span.start, end: span.end };
  const start = parent.kind === 'list' ? text.dashOf(parent, index) : span.start;
  if (start === undefined) return undefined;
  const end = text.withLineComment(span.end);
  if (!text.beginsLine(start)) return { start, end };
  const column = text.column(start);
  return {
    start: commentsOf(text, spans, index, start),
    end: entry ? end : text.commentsBelow(end, column),
  };
}

/** A list's item as text, with the fields it gets behind its own. */
function asItStands(
  text: DocumentText,
  { parent, node, spans, index }: Child,
  region: Region,
  adding: Readonly<Record<string, Json>>,
): Carried | undefined {
  const end = spans[index]?.end;
  if (parent.kind !== 'list' || !node || end === undefined) return undefined;
  if (node.kind !== 'map' || text.isFlow(node)) {
    const line = withFields(text, node, end, adding);
    const comments = text.isFlow(parent) ? [] : commentsIn(text, region, [{ ...node.range, end }]);
    return line === undefined || line.includes('\n')
      ? undefined
      : { comments, value: new Verbatim([line], false), isInline: true };
  }
  const dash = text.dashOf(parent, index);
  const { start } = node.range;
  if (dash === undefined || text.lineStart(dash) !== text.lineStart(start)) return undefined;
  const column = text.column(start);
  const lastLine = text.withLineComment(end);
  const own = unindented(' '.repeat(column) + text.text.slice(start, lastLine), column);
  const below = unindented(text.text.slice(text.nextLine(lastLine), region.end), column);
  if (!own || !below) return undefined;
  const fields = Object.keys(adding).length > 0 ? blockLines(adding, 0).split('\n') : [];
  const above = text.text.slice(region.start, text.lineStart(dash));
  return {
    comments: above.split(/\r?\n/).flatMap((it) => it.trim() || []),
    value: new Verbatim([...own, ...fields, ...(region.end > lastLine ? below : [])], true),
    isInline: false,
  };
}

/** A scalar or flow item on its line; undefined for a scalar that would get fields. */
function withFields(
  text: DocumentText,
  node: TreeNode,
  end: number,
  adding: Readonly<Record<string, Json>>,
): string | undefined {
  const line = text.text.slice(node.range.start, end);
  if (Object.keys(adding).length === 0) return line;
  const last = node.kind === 'map' ? node.entries.at(-1) : undefined;
  const lastEnd = last && text.endOfEntry(last);
  if (lastEnd === undefined) return undefined;
  const cut = lastEnd - node.range.start;
  return `${line.slice(0, cut)}, ${toFlow(adding).slice(1, -1).trim()}${line.slice(cut)}`;
}

/** A field as something else: what is taken of it as text, the rest as values. */
function turned(
  text: DocumentText,
  root: TreeNode,
  region: Region,
  as: NonNullable<NodeMove['as']>,
): Carried | undefined {
  const value: Record<string, Json | Verbatim> = {};
  const taken: Region[] = [];
  for (const [key, it] of Object.entries(as)) {
    if (!(it instanceof TextOf)) {
      value[key] = it;
      continue;
    }
    const found = verbatim(text, text.childAt(root, it.place));
    if (!found) return undefined;
    value[key] = found.text;
    taken.push(found.region);
  }
  const isInline = Object.values(value).every((it) => !(it instanceof Verbatim && it.isBlock));
  return { comments: commentsIn(text, region, taken), value, isInline };
}

/** The text of a field's value. Scalars of several lines are left alone. */
function verbatim(
  text: DocumentText,
  child: Child | undefined,
): { readonly text: Verbatim; readonly region: Region } | undefined {
  const { node, entry, spans, index } = child ?? {};
  const end = spans?.[index ?? 0]?.end;
  if (!node || !entry || end === undefined || isShared(node)) return undefined;
  const { start } = node.range;
  if (node.kind === 'scalar' || text.isFlow(node)) {
    const line = text.text.slice(start, end);
    return line.includes('\n')
      ? undefined
      : { text: new Verbatim([line], false), region: { start, end } };
  }
  const region = { start: text.nextLine(entry.key.range.end), end: text.withLineComment(end) };
  const lines = unindented(text.text.slice(region.start, region.end), text.column(start));
  return lines && { text: new Verbatim(lines, true), region };
}

/** The comments of a region but for those of the parts that are taken as they are. */
function commentsIn(
  text: DocumentText,
  { start, end }: Region,
  taken: readonly Region[],
): readonly string[] {
  const isTaken = (at: number) => taken.some((it) => it.start <= at && at < it.end);
  const found = text.text.slice(start, end).matchAll(/(?<=^|[ \t])#[^\r\n]*/gm);
  return [...found].filter((it) => !isTaken(start + it.index)).map(([it]) => it.trimEnd());
}

/** Lines without the indentation they share; undefined where a line has less, or a tab. */
function unindented(block: string, column: number): readonly string[] | undefined {
  const lines = block.split(/\r?\n/).map((line) => {
    const indent = line.search(/[^ ]|$/);
    if (line[indent] === '\t') return undefined;
    if (indent >= column || line.trim() === '') return line.slice(column);
    return line[indent] === '#' ? line.trimStart() : undefined;
  });
  return lines.every((it) => it !== undefined) ? lines : undefined;
}

/** Something in it has an anchor, is an alias, or is merged in. */
function isShared(node: TreeNode): boolean {
  if (node.anchored) return true;
  if (node.kind === 'scalar') return false;
  if (node.kind === 'list') return node.items.some(isShared);
  return (node.merges ?? false) || node.entries.some((it) => it.value && isShared(it.value));
}
