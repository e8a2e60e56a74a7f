/**
 * One YAML or JSON document as a tree with places. Aliases stand as the node they name, so a
 * tree is a graph without cycles; its expanded size is bounded by `parse-documents.ts`.
 */
import type { TextRange } from '../source/index.ts';
import type { FieldPath } from './field.ts';

/** A value as YAML 1.1 resolves it; integers past 2^53 stay exact as bigint. */
export type ScalarValue = string | number | bigint | boolean | null;

interface Shareable {
  /** An anchor names it: it may stand in other places too, so an edit of it is one of them all. */
  readonly anchored?: true;
}

export interface ScalarNode extends Shareable {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
  /** As written, without quotes. */
  readonly source: string;
  readonly plain: boolean;
  readonly range: TextRange;
}

export interface MapEntry {
  readonly key: ScalarNode;
  /** Undefined where the value is still to be typed. */
  readonly value: TreeNode | undefined;
  /** The entry came from a merge key (`<<`). */
  readonly merged?: boolean;
}

/** One without brackets ends behind the line of the last thing in it; so does such a list. */
export interface MapNode extends Shareable {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
  /** A merge key (`<<`) is written in it. */
  readonly merges?: true;
  readonly range: TextRange;
}

export interface ListNode extends Shareable {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
  readonly range: TextRange;
}

export type TreeNode = ScalarNode | MapNode | ListNode;

/** The offset behind the line that an offset is on, or is behind already. */
export function endOfLine(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset;
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}

/** The entry of a map by key; the last of equal keys counts, as the API server's decoder has it. */
export function entryOf(map: MapNode, key: string): MapEntry | undefined {
  for (let i = map.entries.length - 1; i >= 0; i--) {
    const entry = map.entries[i];
    if (entry && keyText(entry.key) === key) return entry;
  }
  return undefined;
}

/** A map key as the JSON the API server sees has it. */
export function keyText(key: ScalarNode): string {
  return key.value === null ? 'null' : String(key.value);
}

/** The tree as plain values; keys become texts, missing values null. */
export function toPlain(node: TreeNode | undefined): unknown {
  if (!node) return null;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  const object: Record<string, unknown> = {};
  for (const { key, value } of node.entries) {
    // A key such as `__proto__` must become a field, not a prototype.
    Object.defineProperty(object, keyText(key), {
      value: toPlain(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

/** The path to the deepest place that holds the offset, and whether the offset is on a key there. */
export function pathAt(
  root: TreeNode | undefined,
  offset: number,
): { readonly path: FieldPath; readonly onKey: boolean } {
  const path: (string | number)[] = [];
  let node = root;
  let onKey = false;
  while (node && node.kind !== 'scalar') {
    const step: Step | undefined =
      node.kind === 'map' ? stepIntoMap(node, offset) : stepIntoList(node, offset);
    if (!step) break;
    path.push(step.name);
    onKey = step.onKey;
    node = step.onKey ? undefined : step.node;
  }
  return { path, onKey };
}

interface Step {
  readonly name: string | number;
  readonly onKey: boolean;
  readonly node: TreeNode | undefined;
}

function stepIntoMap(map: MapNode, offset: number): Step | undefined {
  const entries = map.entries.filter((it) => !it.merged);
  // A value's range can end where the next key begins: there the key is meant.
  const own = entries.find(({ key }) => key.range.start <= offset && offset <= key.range.end);
  if (own) return { name: keyText(own.key), onKey: true, node: own.value };
  for (const { key, value } of entries) {
    const end = value ? value.range.end : key.range.end;
    if (key.range.end < offset && offset <= end) {
      return { name: keyText(key), onKey: false, node: value };
    }
  }
  return undefined;
}

function stepIntoList(list: ListNode, offset: number): Step | undefined {
  const at = list.items.findLastIndex((it) => it.range.start <= offset && offset <= it.range.end);
  return at === -1 ? undefined : { name: at, onKey: false, node: list.items[at] };
}
