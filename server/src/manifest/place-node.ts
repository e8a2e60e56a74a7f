/** Writes what is moved at its new place: among the items of a list, or as a field of its own. */
import { DocumentText, stepInto, type Child, type TextEdit } from './document-text.ts';
import type { FieldPath } from './field.ts';
import { entryOf, type ListNode, type TreeNode } from './tree.ts';
import { blockLines, blockValue, toFlow, Verbatim, type Writable } from './write-yaml.ts';

/** What arrives at the new place. */
export interface Carried {
  /** Each on a line of its own above it. */
  readonly comments: readonly string[];
  readonly value: Writable;
  /** It can stand within a flow map or list. */
  readonly isInline: boolean;
}

/**
 * The edit that writes it at `to`. A field or list that is not there yet comes before the one that
 * leads to `from`.
 */
export function placed(
  text: DocumentText,
  root: TreeNode,
  from: FieldPath,
  to: FieldPath,
  carried: Carried,
): TextEdit | undefined {
  const last = to.at(-1);
  const parent = to.slice(0, -1).reduce<TreeNode | undefined>(stepInto, root);
  if (typeof last === 'string') {
    const sibling = text.childAt(root, from.slice(0, to.length));
    if (parent?.kind !== 'map' || entryOf(parent, last) || sibling?.parent !== parent) {
      return undefined;
    }
    return newEntry(text, sibling, last, carried, (column) =>
      blockValue(carried.value, column + 2),
    );
  }
  if (parent?.kind === 'list' && parent.items.length > 0) {
    return newItem(text, parent, last ?? 0, carried);
  }
  const holder = to.slice(0, -2).reduce<TreeNode | undefined>(stepInto, root);
  const sibling = text.childAt(root, from.slice(0, to.length - 1));
  const key = String(to.at(-2));
  if (holder?.kind !== 'map' || entryOf(holder, key) || sibling?.parent !== holder) {
    return undefined;
  }
  return newList(text, sibling, key, carried);
}

/** A list of the one item, written as that of the sibling is. */
function newList(
  text: DocumentText,
  sibling: Child,
  key: string,
  carried: Carried,
): TextEdit | undefined {
  const { node, entry } = sibling;
  if (!node || !entry) return undefined;
  if (carried.isInline && text.isFlow(node) && carried.comments.length === 0) {
    const item = new Verbatim([`[${toFlow(carried.value)}]`], false);
    return newEntry(text, sibling, key, { ...carried, value: item }, () => ` ${toFlow(item)}`);
  }
  const isBlockList = node.kind === 'list' && !text.isFlow(node);
  const step = isBlockList ? text.column(node.range.start) - text.column(entry.key.range.start) : 2;
  return newEntry(
    text,
    sibling,
    key,
    { ...carried, comments: [], isInline: false },
    (column) => `\n${itemLines(carried, column + step)}`,
  );
}

/** A field before the sibling that what it is made of comes from. */
function newEntry(
  text: DocumentText,
  { parent, entry, spans, index }: Child,
  key: string,
  { comments, value, isInline }: Carried,
  block: (column: number) => string,
): TextEdit | undefined {
  if (!entry) return undefined;
  const { start } = entry.key.range;
  if (text.isFlow(parent)) {
    return isInline && comments.length === 0
      ? text.edit({ start, end: start }, `${key}: ${toFlow(value)}, `)
      : undefined;
  }
  if (!text.beginsLine(start)) return undefined;
  const column = text.column(start);
  const at = commentsOf(text, spans, index, start);
  const pad = ' '.repeat(column);
  const above = comments.map((it) => `${pad}${it}\n`).join('');
  return text.edit({ start: at, end: at }, `${above}${pad}${key}:${block(column)}\n`);
}

function newItem(
  text: DocumentText,
  list: ListNode,
  index: number,
  carried: Carried,
): TextEdit | undefined {
  if (list.items.some((it) => it.anchored)) return undefined;
  const next = list.items[index];
  const ends = list.items.map((it) => text.endOf(it));
  const last = ends.at(-1);
  if (text.isFlow(list)) {
    const at = next ? next.range.start : last;
    if (!carried.isInline || carried.comments.length > 0 || at === undefined) return undefined;
    const item = toFlow(carried.value);
    return text.edit({ start: at, end: at }, next ? `${item}, ` : `, ${item}`);
  }
  const column = text.column(list.range.start);
  if (!text.beginsLine(list.range.start)) return undefined;
  const lines = itemLines(carried, column);
  if (!next) {
    if (last === undefined) return undefined;
    const at = text.commentsBelow(text.withLineComment(last), column);
    return text.edit({ start: at, end: at }, `\n${lines}`);
  }
  const dash = text.dashOf(list, index);
  if (dash === undefined) return undefined;
  const spans = list.items.map((it, i) => ({ start: it.range.start, end: ends[i] }));
  const at = commentsOf(text, spans, index, dash);
  return text.edit({ start: at, end: at }, `${lines}\n`);
}

function itemLines({ comments, value }: Carried, column: number): string {
  const pad = ' '.repeat(column);
  const above = comments.map((it) => `${pad}${it}\n`).join('');
  return `${above}${pad}- ${blockLines(value, column + 2).trimStart()}`;
}

/** Where the comments above a child begin. */
export function commentsOf(
  text: DocumentText,
  spans: Child['spans'],
  index: number,
  start: number,
): number {
  const line = text.lineStart(start);
  const before = spans[index - 1];
  // Above the first child there is its parent's key.
  const floor = before ? (before.end === undefined ? line : text.nextLine(before.end)) : 0;
  return text.commentsAbove(line, text.column(start), floor);
}
