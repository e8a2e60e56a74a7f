/**
 * Writes a value at a path of a document as the smallest change of its text: replaces a scalar,
 * adds a key (and the missing parents above it) in block or flow style, adds a list item, removes
 * an entry. Comments and the user's layout stay. What an anchor names is not touched: the edit
 * would change other places, too.
 */
import { DocumentText, isEmpty, type Child, type TextEdit } from './document-text.ts';
import type { FieldPath } from './field.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { entryOf, type ListNode, type MapEntry, type MapNode, type TreeNode } from './tree.ts';
import { blockLines, blockValue, isObject, toFlow, type Json } from './write-yaml.ts';

/** The edit that makes the field have the value; undefined where the text gives no place for it. */
export function setField(
  document: ManifestDocument,
  path: FieldPath,
  value: Json,
): TextEdit | undefined {
  if (!document.root || path.length === 0) return undefined;
  return new Editor(new DocumentText(document)).set(document.root, path, value);
}

/** The edit that takes a map entry or list item away; what held nothing else is left empty. */
export function removeField(document: ManifestDocument, path: FieldPath): TextEdit | undefined {
  const text = new DocumentText(document);
  const child = text.childAt(document.root, path);
  return child && removeChild(text, child);
}

/** The same of a child that is found; `region` reaches over the comments that go with it. */
export function removeChild(
  text: DocumentText,
  { parent, spans, index }: Child,
  region?: { readonly start: number; readonly end: number },
): TextEdit | undefined {
  const span = spans[index];
  if (span?.end === undefined) return undefined;
  if (spans.length === 1) return emptied(text, parent);
  if (text.isFlow(parent)) return cutOfFlow(text, spans, index);
  const start = parent.kind === 'list' ? text.dashOf(parent, index) : span.start;
  if (start === undefined) return undefined;
  if (text.beginsLine(start)) {
    const { end } = region ?? span;
    const range = {
      start: region?.start ?? text.lineStart(start),
      end: text.nextLine(end ?? start),
    };
    return text.edit(range, '');
  }
  // The first key of a list's item stands behind the dash: the next key comes there.
  const next = spans[index + 1]?.start;
  const gap = text.text.slice(span.end, next);
  return next === undefined || gap.includes('#')
    ? undefined
    : text.edit({ start: span.start, end: next }, '');
}

/** An item of a flow list or an entry of a flow map, with the comma on one side of it. */
function cutOfFlow(text: DocumentText, spans: Child['spans'], index: number): TextEdit | undefined {
  const before = spans[index - 1];
  const start = before ? before.end : spans[index]?.start;
  const end = before ? spans[index]?.end : spans[index + 1]?.start;
  if (start === undefined || end === undefined) return undefined;
  const gap = before ? text.text.slice(start, spans[index]?.start) : text.text.slice(start, end);
  return gap.includes('#') ? undefined : text.edit({ start, end }, '');
}

/** `{}` or `[]`, as the only child goes: an empty value is not the same as none. */
function emptied(text: DocumentText, parent: MapNode | ListNode): TextEdit | undefined {
  const end = text.endOf(parent);
  if (end === undefined) return undefined;
  const { start } = parent.range;
  const colon = text.text.slice(0, start).trimEnd().length;
  const isBehindKey = text.text[colon - 1] === ':';
  if (!isBehindKey && !text.isFlow(parent)) return undefined;
  const value = parent.kind === 'map' ? '{}' : '[]';
  return text.edit({ start: isBehindKey ? colon : start, end }, isBehindKey ? ` ${value}` : value);
}

class Editor {
  readonly #text: DocumentText;

  constructor(text: DocumentText) {
    this.#text = text;
  }

  set(root: TreeNode, path: FieldPath, value: Json): TextEdit | undefined {
    let node = root;
    for (const [depth, step] of path.entries()) {
      const rest = path.slice(depth + 1);
      if (node.anchored) return undefined;
      if (node.kind === 'map') {
        const entry = entryOf(node, String(step));
        if (!entry) return this.#addEntry(node, String(step), nest(rest, value));
        if (entry.merged) return undefined;
        if (!entry.value || isEmpty(entry.value)) {
          return this.#fillEntry(node, entry, nest(rest, value));
        }
        if (rest.length === 0) return this.#replace(node, entry, value);
        node = entry.value;
      } else if (node.kind === 'list' && typeof step === 'number') {
        const item = node.items[step];
        if (!item) return this.#addItem(node, nest(rest, value));
        if (rest.length === 0) return this.#replaceNode(item, toFlow(value));
        node = item;
      } else {
        return undefined;
      }
    }
    return undefined;
  }

  #replace(map: MapNode, entry: MapEntry, value: Json): TextEdit | undefined {
    const old = entry.value;
    if (old?.kind === 'scalar' && !isObject(value)) return this.#replaceNode(old, toFlow(value));
    return this.#fillEntry(map, entry, value);
  }

  #replaceNode(node: TreeNode, newText: string): TextEdit | undefined {
    const end = this.#text.endOf(node);
    return end === undefined
      ? undefined
      : this.#text.edit({ start: node.range.start, end }, newText);
  }

  /** Everything behind `key:` becomes the value. */
  #fillEntry(map: MapNode, entry: MapEntry, value: Json): TextEdit | undefined {
    const end = this.#text.endOfEntry(entry);
    if (end === undefined) return undefined;
    const colon = this.#text.text.indexOf(':', entry.key.range.end);
    const start = colon === -1 ? entry.key.range.end : colon + 1;
    const text = this.#text.isFlow(map)
      ? ` ${toFlow(value)}`
      : blockValue(value, this.#text.column(entry.key.range.start) + 2);
    return this.#text.edit({ start, end: Math.max(start, end) }, text);
  }

  #addEntry(map: MapNode, key: string, value: Json): TextEdit | undefined {
    const own = map.entries.filter((it) => !it.merged);
    if (this.#text.isFlow(map)) {
      const at = map.range.start + 1;
      const comma = map.entries.length > 0 ? ',' : ' ';
      return this.#insert(at, ` ${toFlow(key)}: ${toFlow(value)}${comma}`);
    }
    const [first] = own;
    // What ends with an alias has no end that is known, but something before it may.
    const end = own.map((it) => this.#text.endOfEntry(it)).findLast((it) => it !== undefined);
    if (!first || end === undefined) return undefined;
    const column = this.#text.column(first.key.range.start);
    const text = `\n${' '.repeat(column)}${toFlow(key)}:${blockValue(value, column + 2)}`;
    return this.#insert(this.#text.withLineComment(end), text);
  }

  #addItem(list: ListNode, value: Json): TextEdit | undefined {
    const last = list.items.at(-1);
    const end = last && this.#text.endOf(last);
    if (last && end === undefined) return undefined;
    if (this.#text.isFlow(list)) {
      return this.#insert(end ?? list.range.start + 1, `${last ? ', ' : ''}${toFlow(value)}`);
    }
    if (end === undefined) return undefined;
    const column = this.#text.column(list.range.start);
    const block = blockLines(value, column + 2).trimStart();
    return this.#insert(this.#text.withLineComment(end), `\n${' '.repeat(column)}- ${block}`);
  }

  #insert(at: number, text: string): TextEdit {
    return this.#text.edit({ start: at, end: at }, text);
  }
}

/** The value wrapped in the parents that are missing. */
function nest(path: FieldPath, value: Json): Json {
  let nested = value;
  for (const step of path.toReversed()) {
    nested = typeof step === 'number' ? [nested] : { [step]: nested };
  }
  return nested;
}
