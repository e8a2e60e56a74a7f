/**
 * Writes a value at a path of a document as the smallest change of its text: replaces a scalar,
 * adds a key (and the missing parents above it) in block or flow style, adds a list item, removes
 * an entry. Comments and the user's layout stay.
 */
import type { TextRange } from '../source/index.ts';
import type { FieldPath } from './field.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { entryOf, type ListNode, type MapEntry, type MapNode, type TreeNode } from './tree.ts';

/** A replacement in a file; offsets count from the start of the file. */
export interface TextEdit {
  readonly range: TextRange;
  readonly newText: string;
}

/** Anything JSON can say. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The edit that makes the field have the value; undefined where the text gives no place for it. */
export function setField(
  document: ManifestDocument,
  path: FieldPath,
  value: Json,
): TextEdit | undefined {
  if (!document.root || path.length === 0) return undefined;
  const editor = new Editor(document);
  return editor.set(document.root, path, value);
}

/** The edit that takes a map entry or list item away with its line. */
export function removeField(document: ManifestDocument, path: FieldPath): TextEdit | undefined {
  if (!document.root || path.length === 0) return undefined;
  return new Editor(document).remove(document.root, path);
}

class Editor {
  readonly #document: ManifestDocument;
  readonly #text: string;

  constructor(document: ManifestDocument) {
    this.#document = document;
    this.#text = document.file.text;
  }

  set(root: TreeNode, path: FieldPath, value: Json): TextEdit | undefined {
    let node = root;
    for (const [depth, step] of path.entries()) {
      const rest = path.slice(depth + 1);
      if (node.kind === 'map') {
        const entry = entryOf(node, String(step));
        if (!entry) return this.#addEntry(node, String(step), nest(rest, value));
        if (!entry.value || isEmptyNode(entry.value)) {
          return this.#fillEntry(node, entry, nest(rest, value));
        }
        if (rest.length === 0) return this.#replace(node, entry, value);
        node = entry.value;
      } else if (node.kind === 'list' && typeof step === 'number') {
        const item = node.items[step];
        if (!item) return this.#addItem(node, nest(rest, value));
        if (rest.length === 0) return this.#edit(item.range, toFlow(value));
        node = item;
      } else {
        return undefined;
      }
    }
    return undefined;
  }

  remove(root: TreeNode, path: FieldPath): TextEdit | undefined {
    const last = path.at(-1);
    let node: TreeNode | undefined = root;
    for (const step of path.slice(0, -1)) {
      node = node?.kind === 'map' ? entryOf(node, String(step))?.value : itemOf(node, step);
    }
    if (node?.kind === 'map') {
      const entry = entryOf(node, String(last));
      if (!entry || this.#isFlow(node)) return undefined;
      return this.#wholeLines(entry.key.range.start, entry.value?.range.end ?? entry.key.range.end);
    }
    const item = itemOf(node, last);
    return item ? this.#wholeLines(item.range.start, item.range.end) : undefined;
  }

  #replace(map: MapNode, entry: MapEntry, value: Json): TextEdit {
    const old = entry.value;
    if (old?.kind === 'scalar' && !isObject(value)) return this.#edit(old.range, toFlow(value));
    return this.#fillEntry(map, entry, value);
  }

  /** Everything behind `key:` becomes the value. */
  #fillEntry(map: MapNode, entry: MapEntry, value: Json): TextEdit {
    const end = entry.value
      ? Math.max(entry.key.range.end, this.#trimEnd(entry.value.range.end))
      : entry.key.range.end;
    const colon = this.#text.indexOf(':', entry.key.range.end + this.#document.start);
    const from = colon === -1 ? entry.key.range.end : colon + 1 - this.#document.start;
    const text = this.#isFlow(map)
      ? ` ${toFlow(value)}`
      : blockValue(value, this.#columnOf(entry.key.range.start) + 2);
    return this.#edit({ start: from, end: Math.max(from, end) }, text);
  }

  #addEntry(map: MapNode, key: string, value: Json): TextEdit | undefined {
    const first = map.entries.find((it) => !it.merged);
    if (this.#isFlow(map)) {
      const at = map.range.start + 1;
      const comma = map.entries.length > 0 ? ',' : ' ';
      return this.#edit({ start: at, end: at }, ` ${toFlow(key)}: ${toFlow(value)}${comma}`);
    }
    if (!first) return undefined;
    const column = this.#columnOf(first.key.range.start);
    const at = this.#endOfMap(map);
    const text = `\n${' '.repeat(column)}${toFlow(key)}:${blockValue(value, column + 2)}`;
    return this.#edit({ start: at, end: at }, text);
  }

  #addItem(list: ListNode, value: Json): TextEdit | undefined {
    const last = list.items.at(-1);
    if (this.#isFlow(list)) {
      const at = last ? last.range.end : list.range.start + 1;
      return this.#edit({ start: at, end: at }, `${last ? ', ' : ''}${toFlow(value)}`);
    }
    const first = list.items[0];
    if (!first || !last) return undefined;
    const column = this.#columnOf(this.#dashBefore(first.range.start));
    const at = this.#trimEnd(last.range.end);
    const block = blockLines(value, column + 2).trimStart();
    return this.#edit({ start: at, end: at }, `\n${' '.repeat(column)}- ${block}`);
  }

  /** Behind the last character of the map's last own entry, comments on its line included. */
  #endOfMap(map: MapNode): number {
    const ends = map.entries
      .filter((it) => !it.merged)
      .map((it) => Math.max(it.key.range.end, it.value?.range.end ?? 0));
    let end = this.#trimEnd(Math.max(...ends));
    const colon = /^\s*:/.exec(this.#slice(end, end + 4));
    if (colon) end += colon[0].length;
    const comment = /^[ \t]*#[^\n]*/.exec(this.#slice(end, end + 400));
    return comment ? end + comment[0].trimEnd().length : end;
  }

  #isFlow(node: MapNode | ListNode): boolean {
    const first = this.#slice(node.range.start, node.range.start + 1);
    return first === '{' || first === '[';
  }

  #dashBefore(offset: number): number {
    const dash = this.#text.lastIndexOf('-', offset + this.#document.start - 1);
    return dash === -1 ? offset : dash - this.#document.start;
  }

  #columnOf(offset: number): number {
    const at = offset + this.#document.start;
    return at - (this.#text.lastIndexOf('\n', at - 1) + 1);
  }

  /** A block value's range reaches over the blank lines and comments behind it. */
  #trimEnd(offset: number): number {
    let text = this.#slice(0, offset);
    for (;;) {
      const cut = text.trimEnd().replace(/\n[ \t]*#[^\n]*$/, '');
      if (cut === text) return text.length;
      text = cut;
    }
  }

  #wholeLines(start: number, end: number): TextEdit {
    const base = this.#document.start;
    const from = this.#text.lastIndexOf('\n', start + base - 1) + 1;
    const next = this.#text.indexOf('\n', this.#trimEnd(end) + base);
    return { range: { start: from, end: next === -1 ? this.#text.length : next + 1 }, newText: '' };
  }

  #slice(start: number, end: number): string {
    return this.#text.slice(start + this.#document.start, end + this.#document.start);
  }

  #edit({ start, end }: TextRange, newText: string): TextEdit {
    const base = this.#document.start;
    return { range: { start: start + base, end: end + base }, newText };
  }
}

function itemOf(
  node: TreeNode | undefined,
  step: string | number | undefined,
): TreeNode | undefined {
  return node?.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined;
}

function isEmptyNode(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** The value wrapped in the parents that are missing. */
function nest(path: FieldPath, value: Json): Json {
  let nested = value;
  for (const step of path.toReversed()) {
    nested = typeof step === 'number' ? [nested] : { [step]: nested };
  }
  return nested;
}

function isObject(value: Json): value is readonly Json[] | { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object';
}

/** What stands behind `key:`: a scalar on the line, or a block below it. */
function blockValue(value: Json, column: number): string {
  if (!isObject(value) || Object.keys(value).length === 0) return ` ${toFlow(value)}`;
  return `\n${blockLines(value, column)}`;
}

function blockLines(value: Json, column: number): string {
  const indent = ' '.repeat(column);
  if (!isObject(value) || Object.keys(value).length === 0) return `${indent}${toFlow(value)}`;
  if (Array.isArray(value)) {
    return value
      .map((it: Json) => `${indent}- ${blockLines(it, column + 2).trimStart()}`)
      .join('\n');
  }
  return Object.entries(value as Record<string, Json>)
    .map(([key, it]) => `${indent}${toFlow(key)}:${blockValue(it, column + 2)}`)
    .join('\n');
}

/** A value on one line. */
function toFlow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((it: Json) => toFlow(it)).join(', ')}]`;
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([key, it]) => `${toFlow(key)}: ${toFlow(it)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return typeof value === 'string' ? toScalar(value) : String(value);
}

/** Quotes only what YAML 1.1 would read as something else. */
function toScalar(text: string): string {
  const safe =
    /^[A-Za-z_/.][\w./@-]*(?: [\w./@-]+)*$/.test(text) &&
    !/^(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan)$/i.test(text);
  return safe || /^[0-9][0-9a-zA-Z]*[a-zA-Z]%?$/.test(text) ? text : JSON.stringify(text);
}
