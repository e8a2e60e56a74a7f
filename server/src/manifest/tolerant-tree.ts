/**
 * Any text to a tree, however broken or unusual: the only file that knows the `yaml` package. Half a
 * document is read as far as it goes, and what is wrong with it has a place.
 */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  Scalar,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { TextRange } from '../source/index.ts';
import { LIMITS } from './limits.ts';
import { problemAt, type Problem } from './problem.ts';
import { resolvePlain } from './server-yaml/index.ts';
import {
  endOfLine,
  keyText,
  type MapEntry,
  type ScalarNode,
  type ScalarValue,
  type TreeNode,
} from './tree.ts';

/** The first document of a text, with its aliases put in and merge keys done. Never throws. */
export function tolerantTree(text: string): {
  readonly root: TreeNode | undefined;
  readonly problems: readonly Problem[];
} {
  let document: Document;
  try {
    document = parseDocument(text, {
      schema: 'failsafe',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
      stringKeys: false,
    });
  } catch (error) {
    // The parser recurses: a document nested thousands deep exhausts the stack.
    const message = `the document cannot be read: ${error instanceof Error ? error.message : 'unknown'}`;
    const range = { start: 0, end: text.length };
    return { root: undefined, problems: [problemAt('yaml-syntax', message, range)] };
  }
  const problems = syntaxProblems(document, text);
  const builder = new TreeBuilder(document, problems, text);
  const root = document.contents ? builder.build(document.contents, 0) : undefined;
  return { root, problems };
}

/** Makes our tree of the package's, with aliases put in and merge keys done. */
class TreeBuilder {
  readonly #document: Document;
  readonly #problems: Problem[];
  readonly #text: string;
  readonly #built = new Map<Node, { node: TreeNode; size: number }>();
  readonly #open = new Set<Node>();
  #size = 0;
  #stopped = false;

  constructor(document: Document, problems: Problem[], text: string) {
    this.#document = document;
    this.#problems = problems;
    this.#text = text;
  }

  build(node: Node | null, depth: number): TreeNode | undefined {
    if (!node) return undefined;
    if (depth > LIMITS.depth) {
      return this.#stop('depth-limit', `nested deeper than ${LIMITS.depth} levels`, node);
    }
    if (isAlias(node)) return this.#alias(node, depth);
    this.#count(1, node);
    if (this.#stopped) return undefined;
    const before = this.#size;
    this.#open.add(node);
    const plain = this.#plainNode(node, depth);
    this.#open.delete(node);
    if (!plain || !(node as Scalar).anchor) return plain;
    const tree: TreeNode = { ...plain, anchored: true };
    this.#built.set(node, { node: tree, size: this.#size - before + 1 });
    return tree;
  }

  #plainNode(node: Node, depth: number): TreeNode | undefined {
    if (isScalar(node)) return this.#scalar(node);
    const range = { start: rangeOf(node).start, end: endOf(node, this.#text) };
    if (isSeq(node)) {
      const items = node.items.map(
        (it) => this.build(it as Node, depth + 1) ?? missing(rangeOf(it as Node)),
      );
      return { kind: 'list', items, range };
    }
    if (!isMap(node)) return undefined;
    const entries = this.#entries(node, depth);
    return {
      kind: 'map',
      entries,
      range,
      ...(node.items.some(isMergeKey) ? { merges: true } : {}),
    };
  }

  #entries(map: YAMLMap, depth: number): readonly MapEntry[] {
    const entries: MapEntry[] = [];
    const merged: MapEntry[] = [];
    for (const pair of map.items) {
      if (!isPair(pair) || !pair.key) continue;
      const key = this.#key(pair, depth);
      if (!key) continue;
      const value = this.build(pair.value as Node | null, depth + 1);
      if (isMergeKey(pair)) this.#merge(value, key.range, merged);
      else entries.push({ key, value });
    }
    if (merged.length === 0) return entries;
    const own = new Set(entries.map((it) => keyText(it.key)));
    return [...merged.filter((it) => !own.has(keyText(it.key))), ...entries];
  }

  #key(pair: Pair, depth: number): ScalarNode | undefined {
    const key = this.build(pair.key as Node, depth + 1);
    if (!key || key.kind === 'scalar') return key;
    this.#problem('yaml-key', 'a map or list cannot be a key here', key.range);
    return undefined;
  }

  /** `<<: *a` and `<<: [*a, *b]`; of several maps the first that has a key counts. */
  #merge(value: TreeNode | undefined, range: TextRange, into: MapEntry[]): void {
    const maps = value?.kind === 'list' ? value.items : value ? [value] : [];
    for (const map of maps) {
      if (map.kind !== 'map') {
        this.#problem(
          'yaml-merge',
          'map merge requires map or sequence of maps as the value',
          range,
        );
        continue;
      }
      const have = new Set(into.map((it) => keyText(it.key)));
      for (const entry of map.entries) {
        if (!have.has(keyText(entry.key))) into.push({ ...entry, merged: true });
      }
    }
  }

  #alias(alias: Alias, depth: number): TreeNode | undefined {
    const target = alias.resolve(this.#document);
    if (!target) {
      this.#problem('yaml-alias', `unknown anchor '${alias.source}' referenced`, rangeOf(alias));
      return undefined;
    }
    if (this.#open.has(target)) {
      this.#problem('yaml-alias', `anchor '${alias.source}' value contains itself`, rangeOf(alias));
      return undefined;
    }
    const known = this.#built.get(target);
    if (!known) return this.build(target, depth);
    this.#count(known.size, alias);
    return this.#stopped ? undefined : known.node;
  }

  #scalar(node: Scalar): ScalarNode {
    const plain = node.type === Scalar.PLAIN || node.type === undefined;
    const source = typeof node.value === 'string' ? node.value : (node.source ?? '');
    return {
      kind: 'scalar',
      value: scalarValue(node, source, plain),
      source,
      plain,
      range: rangeOf(node),
    };
  }

  #count(nodes: number, at: Node): void {
    this.#size += nodes;
    if (this.#size > LIMITS.expandedNodes && !this.#stopped) {
      const text = `document contains excessive aliasing: more than ${LIMITS.expandedNodes} values once its aliases are written out`;
      this.#stop('alias-limit', text, at);
    }
  }

  #stop(code: string, message: string, at: Node): undefined {
    if (!this.#stopped) this.#problem(code, message, rangeOf(at));
    this.#stopped = true;
    return undefined;
  }

  #problem(code: string, message: string, range: TextRange): void {
    if (this.#problems.length >= LIMITS.problemsPerDocument) return;
    this.#problems.push(problemAt(code, message, clamp(range, this.#text.length)));
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';
}

function scalarValue(node: Scalar, source: string, plain: boolean): ScalarValue {
  const tag = node.tag;
  if (tag === '!' || tag === 'tag:yaml.org,2002:str') return source;
  if (plain) return resolvePlain(source);
  if (tag === undefined) return source;
  // An explicit tag on a quoted scalar resolves its text as if it were plain.
  if (/^tag:yaml\.org,2002:(?:int|float|bool|null)$/.test(tag)) return resolvePlain(source);
  return source;
}

function missing(range: TextRange): ScalarNode {
  return { kind: 'scalar', value: null, source: '', plain: true, range };
}

function rangeOf(node: Node | null): TextRange {
  const range = node?.range;
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 };
}

/** Of a collection without brackets: behind the line of the last thing in it. */
function endOf(node: Node | null, text: string): number {
  const last = isUnbracketed(node) ? node.items.at(-1) : undefined;
  if (last === undefined) return rangeOf(node).end;
  const inLast = isPair(last) ? (last.value ?? last.key) : last;
  return endOfLine(text, endOf(inLast as Node | null, text));
}

function isUnbracketed(node: Node | null): node is YAMLMap | YAMLSeq {
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

function clamp({ start, end }: TextRange, length: number): TextRange {
  const from = Math.max(0, Math.min(start, length));
  return { start: from, end: Math.max(from, Math.min(end, length)) };
}

/** What the parser says. Behind a quote that is never closed everything else is its echo. */
function syntaxProblems(document: Document, text: string): Problem[] {
  const problems = document.errors
    .slice(0, LIMITS.problemsPerDocument)
    .map((it) => syntaxProblem(it.code, it.message, it.pos, text));
  const quote = problems.find((it) => it.code === 'yaml-quote');
  return quote ? [quote] : problems;
}

/** The parser's own words, and for the two faults everybody makes, ours. */
function syntaxProblem(
  code: string,
  message: string,
  [start, end]: readonly [number, number],
  text: string,
): Problem {
  const range = clamp({ start, end: Math.max(end, start + 1) }, text.length);
  if (code === 'TAB_AS_INDENT') {
    return problemAt('yaml-tab', 'a tab indents this line; YAML allows only spaces', range);
  }
  if (code === 'MISSING_CHAR' && /quote/.test(message)) {
    const open = openQuote(text, range.start);
    return problemAt(
      'yaml-quote',
      'this quote is never closed, so the rest of the document is inside it',
      open,
    );
  }
  // It quotes what it stumbles over, however long that is.
  const short = message.length > 160 ? `${message.slice(0, 160)}…` : message;
  return problemAt('yaml-syntax', short.replaceAll('\\n', ' '), range);
}

/** Where the quote that swallowed the rest began: the last one before the fault that opens a value. */
function openQuote(text: string, before: number): TextRange {
  let found: TextRange | undefined;
  for (const match of text.slice(0, before + 1).matchAll(/(?:^|[\s:[{,-])(["'])/g)) {
    const at = match.index + match[0].length - 1;
    const quote = match[1] ?? '"';
    const closed = text.slice(at + 1).search(quote === '"' ? /(?<!\\)"/ : /'/);
    if (closed === -1) found ??= { start: at, end: at + 1 };
  }
  return found ?? { start: Math.max(0, before - 1), end: before };
}
