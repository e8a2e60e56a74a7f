/** The text of a document as its editors see it: where things end, what stands above them. */
import type { TextRange } from '../source/index.ts';
import type { FieldPath } from './field.ts';
import type { ManifestDocument } from './manifest-document.ts';
import {
  entryOf,
  type ListNode,
  type MapEntry,
  type MapNode,
  type ScalarNode,
  type TreeNode,
} from './tree.ts';

/** A replacement in a file; offsets count from the start of the file. */
export interface TextEdit {
  readonly range: TextRange;
  readonly newText: string;
}

export interface Span {
  readonly start: number;
  /** Undefined where `endOf` is. */
  readonly end: number | undefined;
}

/** A node between others of a map or list, by its place among those that are written there. */
export interface Child {
  readonly parent: MapNode | ListNode;
  /** Its key, where the parent is a map. */
  readonly entry: MapEntry | undefined;
  readonly node: TreeNode | undefined;
  /** The written children of the parent in their order, from key or item to its last character. */
  readonly spans: readonly Span[];
  readonly index: number;
}

/** Offsets count from the start of the document, as those of its tree do. */
export class DocumentText {
  readonly text: string;
  readonly #start: number;
  readonly #newline: string;

  constructor({ file, start }: ManifestDocument) {
    this.text = file.text.slice(start);
    this.#start = start;
    this.#newline = file.text.includes('\r\n') ? '\r\n' : '\n';
  }

  isFlow(node: TreeNode): boolean {
    const first = this.text[node.range.start];
    return node.kind !== 'scalar' && (first === '{' || first === '[');
  }

  column(offset: number): number {
    return offset - this.lineStart(offset);
  }

  lineStart(offset: number): number {
    return offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Where the line behind it begins, or the end of the text. */
  nextLine(offset: number): number {
    const newline = this.text.indexOf('\n', offset);
    return newline === -1 ? this.text.length : newline + 1;
  }

  /** Nothing but indentation stands before it on its line. */
  beginsLine(offset: number): boolean {
    return /^ *$/.test(this.text.slice(this.lineStart(offset), offset));
  }

  /**
   * Behind the last character that belongs to the node: the ranges of blocks reach over the blank
   * lines and comments behind them. Undefined where it cannot be told: what has an anchor may be an
   * alias, which stands elsewhere.
   */
  endOf(node: TreeNode): number | undefined {
    if (node.anchored) return undefined;
    if (node.kind === 'scalar') return this.endOfScalar(node);
    if (this.isFlow(node)) return node.range.end;
    if (node.kind === 'list') {
      const last = node.items.at(-1);
      return last && this.endOf(last);
    }
    if (node.merges) return undefined;
    const last = node.entries.findLast((it) => !it.merged);
    return last && this.endOfEntry(last);
  }

  /** The same of a scalar; undefined too where the line ends behind it are part of its value. */
  endOfScalar({ plain, range: { start, end } }: ScalarNode): number | undefined {
    const header = plain ? null : /^[|>]\d?([+-]?)/.exec(this.text.slice(start, start + 3));
    if (!header) return end;
    // Of several line ends one counts, unless it is not there yet.
    const isOpen = header[1] !== '-' && !this.text.slice(start, end).endsWith('\n');
    if (header[1] === '+' || isOpen) return undefined;
    return start + this.text.slice(start, end).trimEnd().length;
  }

  endOfEntry({ key, value }: MapEntry): number | undefined {
    if (value && !isEmpty(value)) return this.endOf(value);
    const written = value ? Math.max(value.range.end, key.range.end) : key.range.end;
    const colon = /^\s*:/.exec(this.text.slice(key.range.end));
    return written > key.range.end ? written : key.range.end + (colon?.[0].length ?? 0);
  }

  /** Behind the comment that stands on the line of what ends there. */
  withLineComment(end: number): number {
    const comment = /^[ \t]+#[^\r\n]*/.exec(this.text.slice(end, this.nextLine(end)));
    return comment ? end + comment[0].trimEnd().length : end;
  }

  /**
   * Where the comments begin that stand right above a line, indented as much as it; the line itself
   * where none do. Above `floor` something else stands, which may only look like a comment.
   */
  commentsAbove(line: number, column: number, floor: number): number {
    let start = line;
    while (start > floor) {
      const above = this.lineStart(start - 1);
      const text = this.text.slice(above, start);
      if (above < floor || text.search(/\S/) !== column || text[column] !== '#') break;
      start = above;
    }
    return start;
  }

  /** Behind the comments on the lines below that are indented more than the dash of their item. */
  commentsBelow(end: number, column: number): number {
    let last = end;
    for (;;) {
      const line = this.nextLine(last);
      const comment = /^( *)#[^\r\n]*/.exec(this.text.slice(line, this.nextLine(line)));
      if (line === this.text.length || !comment || (comment[1]?.length ?? 0) <= column) return last;
      last = line + comment[0].trimEnd().length;
    }
  }

  /** The child at a path; undefined where it is written in more places than one, or in none. */
  childAt(root: TreeNode | undefined, path: FieldPath): Child | undefined {
    let parent = root;
    for (const step of path.slice(0, -1)) parent = stepInto(parent, step);
    const last = path.at(-1);
    if (!parent || parent.kind === 'scalar' || parent.anchored || last === undefined) {
      return undefined;
    }
    const entry = parent.kind === 'map' ? entryOf(parent, String(last)) : undefined;
    const node = entry ? entry.value : itemOf(parent, last);
    if (entry?.merged || (!entry && !node)) return undefined;
    const spans = this.#spans(parent);
    const at = entry ? entry.key.range.start : node?.range.start;
    const index = spans?.findIndex((it) => it.start === at) ?? -1;
    return spans && index >= 0 ? { parent, entry, node, spans, index } : undefined;
  }

  /** Where the dash of a block list's item stands; undefined where it does not begin its line. */
  dashOf(list: ListNode, index: number): number | undefined {
    const before = list.items[index - 1];
    const item = list.items[index];
    const floor = before ? this.endOf(before) : list.range.start;
    if (!item || floor === undefined) return undefined;
    const column = this.column(list.range.start);
    for (let line = this.lineStart(floor); line <= item.range.start; line = this.nextLine(line)) {
      const dash = line + column;
      const isDash = dash >= floor && /^-(?=\s|$)/.test(this.text.slice(dash, dash + 2));
      if (isDash && this.beginsLine(dash)) return dash;
      if (this.nextLine(line) === line) break;
    }
    return undefined;
  }

  edit({ start, end }: TextRange, newText: string): TextEdit {
    return {
      range: { start: start + this.#start, end: end + this.#start },
      newText: newText.replaceAll(/\r?\n/g, this.#newline),
    };
  }

  #spans(parent: MapNode | ListNode): readonly Span[] | undefined {
    if (parent.kind === 'map') {
      return parent.entries
        .filter((it) => !it.merged)
        .map((it) => ({ start: it.key.range.start, end: this.endOfEntry(it) }));
    }
    // An alias among the items has the place of what it names.
    if (parent.items.some((it) => it.anchored)) return undefined;
    return parent.items.map((it) => ({ start: it.range.start, end: this.endOf(it) }));
  }
}

/** The node below; undefined where it is written for other places, too. */
export function stepInto(node: TreeNode | undefined, step: string | number): TreeNode | undefined {
  if (!node || node.anchored) return undefined;
  const entry = node.kind === 'map' ? entryOf(node, String(step)) : undefined;
  return entry?.merged ? undefined : (entry?.value ?? itemOf(node, step));
}

/** Nothing is written: `key:` and no more, or null. */
export function isEmpty(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function itemOf(node: TreeNode | undefined, step: string | number): TreeNode | undefined {
  return node?.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined;
}
