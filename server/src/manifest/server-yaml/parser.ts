/**
 * Tokens to a tree: the first document of a text, as goyaml.v2's parserc.go and yaml.go compose it.
 * Aliases stand as the node they name.
 */
import { Scanner } from './scanner.ts';
import { YamlFault, type Mark, type Token, type TokenType } from './token.ts';

interface NodeBase {
  readonly mark: Mark;
  /**
   * The offset behind its last character. Undefined where nothing is written, behind the indicator
   * at `mark`, and for collections without brackets, which end with what they hold.
   */
  readonly end?: number;
  /** Resolved: `tag:yaml.org,2002:str`; empty where none is written. */
  readonly tag: string;
}

export interface YamlScalar extends NodeBase {
  readonly kind: 'scalar';
  readonly value: string;
  /** Without quotes, or tagged `!`: the text decides the type. */
  readonly implicit: boolean;
}

export interface YamlMap extends NodeBase {
  readonly kind: 'map';
  end?: number;
  readonly entries: (readonly [key: YamlNode, value: YamlNode])[];
}

export interface YamlList extends NodeBase {
  readonly kind: 'list';
  end?: number;
  readonly items: YamlNode[];
}

export interface YamlAlias extends NodeBase {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: YamlNode;
}

export type YamlNode = YamlScalar | YamlMap | YamlList | YamlAlias;

interface NodeProperties {
  readonly anchor: string;
  readonly tag: string;
}

const NO_PROPERTIES: NodeProperties = { anchor: '', tag: '' };
/** Deeper texts are refused; upstream's own bound is 10000. */
const MAX_DEPTH = 1000;
const DEFAULT_TAG_PREFIX = 'tag:yaml.org,2002:';
const AFTER_EMPTY_DOCUMENT: readonly TokenType[] = [
  'VERSION-DIRECTIVE',
  'TAG-DIRECTIVE',
  'DOCUMENT-START',
  'DOCUMENT-END',
  'STREAM-END',
];
const DIRECTIVES: readonly TokenType[] = ['VERSION-DIRECTIVE', 'TAG-DIRECTIVE'];
// What follows at once where nothing is written.
const AFTER_EMPTY_ITEM: readonly TokenType[] = ['BLOCK-ENTRY', 'BLOCK-END'];
const AFTER_EMPTY_MEMBER: readonly TokenType[] = ['KEY', 'VALUE', 'BLOCK-END'];
const AFTER_EMPTY_INDENTLESS_ITEM: readonly TokenType[] = ['BLOCK-ENTRY', ...AFTER_EMPTY_MEMBER];
const AFTER_EMPTY_PAIR_VALUE: readonly TokenType[] = ['FLOW-ENTRY', 'FLOW-SEQUENCE-END'];
const AFTER_EMPTY_PAIR_KEY: readonly TokenType[] = ['VALUE', ...AFTER_EMPTY_PAIR_VALUE];
const AFTER_EMPTY_FLOW_VALUE: readonly TokenType[] = ['FLOW-ENTRY', 'FLOW-MAPPING-END'];
const AFTER_EMPTY_FLOW_KEY: readonly TokenType[] = ['VALUE', ...AFTER_EMPTY_FLOW_VALUE];
const NEVER_A_NODE = 'did not find expected node content';

/** The first document of a text. */
export interface FirstDocument {
  /** Undefined where there is none. */
  readonly root: YamlNode | undefined;
  /**
   * Nothing but maps, lists and scalars, each with its text: no anchor, tag, directive, `?` or
   * value left out between brackets, and no second document.
   */
  readonly usual: boolean;
}

/** Reads the first document of a text. Throws YamlFault. */
export function parseFirstDocument(text: string): FirstDocument {
  const parser = new Parser(text);
  const root = parser.document();
  return { root, usual: parser.usual };
}

class Parser {
  readonly #scanner: Scanner;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #tagPrefixes = new Map<string, string>([['!!', DEFAULT_TAG_PREFIX]]);
  #depth = 0;
  usual = true;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  document(): YamlNode | undefined {
    const first = this.#peek();
    if (first.type === 'STREAM-END') return undefined;
    const explicit = this.#directives() || first.type === 'DOCUMENT-START';
    if (explicit) {
      this.usual = false;
      const token = this.#peek();
      if (token.type !== 'DOCUMENT-START') {
        throw YamlFault.parser('did not find expected <document start>', token.mark);
      }
      this.#next();
    }
    // Only what `---` begins may be empty.
    const node =
      explicit && this.#isNextOf(AFTER_EMPTY_DOCUMENT)
        ? this.#empty(this.#peek().mark)
        : this.#node(true, false);
    // What follows is looked at as far as upstream does, which may find a fault.
    if (this.#peek().type !== 'STREAM-END') this.usual = false;
    return node;
  }

  #directives(): boolean {
    let any = false;
    while (this.#isNextOf(DIRECTIVES)) {
      const { type, value, mark } = this.#next();
      any = true;
      if (type === 'VERSION-DIRECTIVE') {
        if (value !== '1.1') throw YamlFault.parser('found incompatible YAML document', mark);
        continue;
      }
      const [handle = '', prefix = ''] = value.split(/[ \t]+/);
      this.#tagPrefixes.set(handle, prefix);
    }
    return any;
  }

  #node(block: boolean, indentless: boolean): YamlNode {
    if (++this.#depth > MAX_DEPTH) {
      throw new YamlFault('exceeded max depth of 10000', this.#peek().mark);
    }
    const node = this.#nodeAt(block, indentless);
    this.#depth--;
    return node;
  }

  #nodeAt(block: boolean, indentless: boolean): YamlNode {
    const start = this.#peek();
    if (start.type === 'ALIAS') return this.#alias(this.#next());
    const { mark } = start;
    const hasProperties = start.type === 'ANCHOR' || start.type === 'TAG';
    const { anchor, tag } = hasProperties ? this.#properties(start) : NO_PROPERTIES;
    const token = this.#peek();
    if (token.type === 'SCALAR') {
      this.#next();
      const { value, end } = token;
      const implicit = (tag === '' && token.plain === true) || tag === '!';
      return this.#anchored(anchor, { kind: 'scalar', mark, end, tag, value, implicit });
    }
    const base = { mark, tag };
    if (indentless && token.type === 'BLOCK-ENTRY') return this.#list(anchor, base, 'indentless');
    if (token.type === 'FLOW-SEQUENCE-START') return this.#list(anchor, base, 'flow');
    if (token.type === 'FLOW-MAPPING-START') return this.#map(anchor, base, 'flow');
    if (block && token.type === 'BLOCK-SEQUENCE-START') return this.#list(anchor, base, 'block');
    if (block && token.type === 'BLOCK-MAPPING-START') return this.#map(anchor, base, 'block');
    if (anchor !== '' || tag !== '') {
      const implicit = tag === '' || tag === '!';
      return this.#anchored(anchor, { ...base, kind: 'scalar', value: '', implicit });
    }
    throw YamlFault.parser(NEVER_A_NODE, token.mark, start.mark);
  }

  #properties(start: Token): NodeProperties {
    this.usual = false;
    let anchor = '';
    let tag = '';
    for (let i = 0; i < 2; i++) {
      if (anchor === '' && this.#isNext('ANCHOR')) anchor = this.#next().value;
      else if (tag === '' && this.#isNext('TAG')) tag = this.#resolveTag(this.#next(), start.mark);
    }
    return { anchor, tag };
  }

  #resolveTag({ value, mark }: Token, context: Mark): string {
    if (value.startsWith('<')) return value.slice(1);
    const [, handle = '!', suffix = ''] = /^(![A-Za-z0-9_-]*!|!)(.*)$/.exec(value) ?? [];
    const prefix = this.#tagPrefixes.get(handle);
    if (prefix !== undefined) return prefix + decodeUri(suffix);
    if (handle === '!') return value;
    throw YamlFault.parser('found undefined tag handle', mark, context);
  }

  #alias({ value, mark }: Token): YamlNode {
    const target = this.#anchors.get(value);
    if (!target) throw new YamlFault(`unknown anchor '${value}' referenced`, mark);
    return { kind: 'alias', mark, tag: '', name: value, target };
  }

  #anchored<T extends YamlNode>(anchor: string, node: T): T {
    if (anchor !== '') this.#anchors.set(anchor, node);
    return node;
  }

  #empty(mark: Mark): YamlScalar {
    return { kind: 'scalar', mark, tag: '', value: '', implicit: true };
  }

  #list(anchor: string, base: NodeBase, style: 'block' | 'indentless' | 'flow'): YamlNode {
    const list: YamlList = { ...base, kind: 'list', items: [] };
    this.#anchored(anchor, list);
    if (style === 'flow') this.#flowItems(list);
    else this.#blockItems(list, style === 'indentless');
    return list;
  }

  #blockItems(list: YamlList, indentless: boolean): void {
    const context = indentless ? undefined : this.#next().mark;
    while (this.#isNext('BLOCK-ENTRY')) {
      const { mark } = this.#next();
      const empty = indentless
        ? this.#isNextOf(AFTER_EMPTY_INDENTLESS_ITEM)
        : this.#isNextOf(AFTER_EMPTY_ITEM);
      list.items.push(empty ? this.#empty(mark) : this.#node(true, false));
    }
    if (indentless) return;
    this.#expect('BLOCK-END', "did not find expected '-' indicator", context);
  }

  #flowItems(list: YamlList): void {
    const context = this.#next().mark;
    while (!this.#isNext('FLOW-SEQUENCE-END')) {
      if (list.items.length > 0) {
        this.#expect('FLOW-ENTRY', "did not find expected ',' or ']'", context);
      }
      if (this.#isNext('KEY')) list.items.push(this.#pair());
      else if (!this.#isNext('FLOW-SEQUENCE-END')) list.items.push(this.#node(false, false));
    }
    list.end = this.#next().mark.index + 1;
  }

  /** `[a: 1]`, a map of one entry. */
  #pair(): YamlNode {
    this.usual = false;
    const { mark } = this.#next();
    const key = this.#flowNode(mark, AFTER_EMPTY_PAIR_KEY);
    let value: YamlNode = this.#empty(mark);
    if (this.#isNext('VALUE')) {
      value = this.#flowNode(this.#next().mark, AFTER_EMPTY_PAIR_VALUE);
    }
    return { kind: 'map', mark, tag: '', entries: [[key, value]] };
  }

  #flowNode(mark: Mark, ends: readonly TokenType[]): YamlNode {
    if (!this.#isNextOf(ends)) return this.#node(false, false);
    this.usual = false;
    return this.#empty(mark);
  }

  #map(anchor: string, base: NodeBase, style: 'block' | 'flow'): YamlNode {
    const map: YamlMap = { ...base, kind: 'map', entries: [] };
    this.#anchored(anchor, map);
    if (style === 'flow') this.#flowEntries(map);
    else this.#blockEntries(map);
    return map;
  }

  #blockEntries(map: YamlMap): void {
    const context = this.#next().mark;
    // A value without a key has an empty one.
    while (this.#isNext('KEY')) {
      const key = this.#blockNode(this.#key().mark);
      const value = this.#isNext('VALUE')
        ? this.#blockNode(this.#next().mark)
        : this.#empty(this.#peek().mark);
      map.entries.push([key, value]);
    }
    this.#expect('BLOCK-END', 'did not find expected key', context);
  }

  #key(): Token {
    const token = this.#next();
    if (token.explicit) this.usual = false;
    return token;
  }

  #blockNode(mark: Mark): YamlNode {
    return this.#isNextOf(AFTER_EMPTY_MEMBER) ? this.#empty(mark) : this.#node(true, true);
  }

  #flowEntries(map: YamlMap): void {
    const context = this.#next().mark;
    while (!this.#isNext('FLOW-MAPPING-END')) {
      if (map.entries.length > 0) {
        this.#expect('FLOW-ENTRY', "did not find expected ',' or '}'", context);
        if (this.#isNext('FLOW-MAPPING-END')) break;
      }
      map.entries.push(this.#flowEntry());
    }
    map.end = this.#next().mark.index + 1;
  }

  #flowEntry(): readonly [YamlNode, YamlNode] {
    if (!this.#isNext('KEY')) {
      this.usual = false;
      const key = this.#node(false, false);
      return [key, this.#empty(this.#peek().mark)];
    }
    const { mark } = this.#key();
    const key = this.#flowNode(mark, AFTER_EMPTY_FLOW_KEY);
    if (!this.#isNext('VALUE')) return [key, this.#empty(mark)];
    return [key, this.#flowNode(this.#next().mark, AFTER_EMPTY_FLOW_VALUE)];
  }

  #expect(type: TokenType, problem: string, context: Mark | undefined): void {
    const token = this.#peek();
    if (token.type !== type) throw YamlFault.parser(problem, token.mark, context);
    this.#next();
  }

  #isNext(type: TokenType): boolean {
    return this.#peek().type === type;
  }

  #isNextOf(types: readonly TokenType[]): boolean {
    return types.includes(this.#peek().type);
  }

  #peek(): Token {
    return this.#scanner.peek();
  }

  #next(): Token {
    return this.#scanner.next();
  }
}

function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
