/**
 * Parses CEL with optional syntax and the macros of the Kubernetes environment.
 * Upstream: cel-go's parser (parser.go, macro.go, cel/library.go, ext/comprehensions.go).
 */
import { CelSyntaxError, type Entry, type ListElement, type Node } from './syntax.ts';
import { tokenize, type Token } from './tokens.ts';

/** How deep expressions may nest, as in cel-go. */
const MAX_DEPTH = 250;

/** Macros on a receiver: how many variables and arguments each form has. */
const MACROS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  all: [
    [1, 1],
    [2, 1],
  ],
  exists: [
    [1, 1],
    [2, 1],
  ],
  exists_one: [
    [1, 1],
    [2, 1],
  ],
  existsOne: [
    [1, 1],
    [2, 1],
  ],
  map: [
    [1, 1],
    [1, 2],
  ],
  filter: [[1, 1]],
  transformList: [
    [2, 1],
    [2, 2],
  ],
  transformMap: [
    [2, 1],
    [2, 2],
  ],
  transformMapEntry: [
    [2, 1],
    [2, 2],
  ],
  optMap: [[1, 1]],
  optFlatMap: [[1, 1]],
  sortBy: [[1, 1]],
};
const RESERVED: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);
const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);

/** Parses an expression; throws CelSyntaxError. */
export function parseCel(text: string): Node {
  const parser = new Parser(tokenize(text));
  const node = parser.expression();
  parser.expectEnd();
  return node;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(): Node {
    if (++this.#depth > MAX_DEPTH) {
      throw new CelSyntaxError('expression recursion limit exceeded', this.#peek().at);
    }
    const test = this.#or();
    let node = test;
    if (this.#take('?')) {
      const yes = this.#or();
      this.#expect(':');
      node = { op: 'if', test, yes, no: this.expression(), at: test.at };
    }
    this.#depth--;
    return node;
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw this.#unexpected();
  }

  #or(): Node {
    let left = this.#and();
    while (this.#take('||')) left = { op: 'or', left, right: this.#and(), at: left.at };
    return left;
  }

  #and(): Node {
    let left = this.#relation();
    while (this.#take('&&')) left = { op: 'and', left, right: this.#relation(), at: left.at };
    return left;
  }

  #relation(): Node {
    let left = this.#sum();
    for (;;) {
      const { text, kind } = this.#peek();
      if (kind === 'literal' || !RELATIONS.has(text)) return left;
      this.#at++;
      left = operator(text === 'in' ? '@in' : `_${text}_`, [left, this.#sum()]);
    }
  }

  #sum(): Node {
    let left = this.#product();
    for (;;) {
      const text = this.#takeOne('+', '-');
      if (text === undefined) return left;
      left = operator(`_${text}_`, [left, this.#product()]);
    }
  }

  #product(): Node {
    let left = this.#unary();
    for (;;) {
      const text = this.#takeOne('*', '/', '%');
      if (text === undefined) return left;
      left = operator(`_${text}_`, [left, this.#unary()]);
    }
  }

  #unary(): Node {
    const { at } = this.#peek();
    const sign = this.#takeOne('!', '-');
    if (sign === undefined) return this.#member();
    let count = 1;
    while (this.#take(sign)) count++;
    const next = this.#peek();
    if (sign === '-' && next.kind === 'literal' && count % 2 === 1) {
      if (typeof next.value === 'bigint' || typeof next.value === 'number') {
        this.#at++;
        const value = -next.value;
        return this.#suffixes({ op: 'literal', value, at });
      }
    }
    const operand = this.#member();
    return count % 2 === 0 ? operand : { op: 'call', name: `${sign}_`, args: [operand], at };
  }

  #member(): Node {
    return this.#suffixes(this.#primary());
  }

  #suffixes(primary: Node): Node {
    let node = primary;
    for (;;) {
      if (this.#take('.')) node = this.#selection(node);
      else if (this.#take('[')) {
        const optional = this.#take('?');
        const index = this.expression();
        this.#expect(']');
        node = { op: 'index', operand: node, index, optional, at: node.at };
      } else if (this.#peek().text === '{' && this.#peek().kind === 'symbol') {
        const type = qualifiedName(node);
        if (type === undefined) return node;
        this.#at++;
        node = { op: 'message', type, fields: this.#fields(), at: node.at };
      } else return node;
    }
  }

  #selection(operand: Node): Node {
    const optional = this.#take('?');
    const token = this.#next();
    if (token.kind !== 'ident' && token.kind !== 'quoted') throw this.#unexpected(token);
    const { text, kind, at } = token;
    if (!optional && kind === 'ident' && this.#take('(')) {
      return memberCall(operand, text, this.#arguments(), at);
    }
    return { op: 'select', operand, field: text, optional, at };
  }

  #primary(): Node {
    const token = this.#next();
    const { kind, text, at } = token;
    if (kind === 'literal') {
      if (token.value === 2n ** 63n) throw new CelSyntaxError('invalid int literal', at);
      return { op: 'literal', value: token.value ?? null, at };
    }
    if (kind === 'ident' || text === '.') {
      const name = text === '.' ? this.#next().text : text;
      if (RESERVED.has(name)) throw new CelSyntaxError(`reserved identifier: ${name}`, at);
      if (name === 'in') throw this.#unexpected(token);
      if (this.#take('(')) return globalCall(name, this.#arguments(), at);
      return { op: 'ident', name, at };
    }
    if (text === '(') {
      const node = this.expression();
      this.#expect(')');
      return node;
    }
    if (text === '[') return { op: 'list', elements: this.#elements(), at };
    if (text === '{') return { op: 'map', entries: this.#entries(), at };
    throw this.#unexpected(token);
  }

  #arguments(): Node[] {
    const args: Node[] = [];
    while (!this.#take(')')) {
      args.push(this.expression());
      if (!this.#take(',')) {
        this.#expect(')');
        break;
      }
    }
    return args;
  }

  #elements(): ListElement[] {
    const elements: ListElement[] = [];
    while (!this.#take(']')) {
      const optional = this.#take('?');
      elements.push({ optional, value: this.expression() });
      if (!this.#take(',')) {
        this.#expect(']');
        break;
      }
    }
    return elements;
  }

  #entries(): Entry<Node>[] {
    const entries: Entry<Node>[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const key = this.expression();
      this.#expect(':');
      entries.push({ key, optional, value: this.expression() });
      if (!this.#take(',')) {
        this.#expect('}');
        break;
      }
    }
    return entries;
  }

  #fields(): Entry<string>[] {
    const fields: Entry<string>[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const key = this.#next();
      if (key.kind !== 'ident' && key.kind !== 'quoted') throw this.#unexpected(key);
      this.#expect(':');
      fields.push({ key: key.text, optional, value: this.expression() });
      if (!this.#take(',')) {
        this.#expect('}');
        break;
      }
    }
    return fields;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '<EOF>', at: 0 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #take(symbol: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'symbol' || text !== symbol) return false;
    this.#at++;
    return true;
  }

  #takeOne(...symbols: readonly string[]): string | undefined {
    return symbols.find((it) => this.#take(it));
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected();
  }

  #unexpected(token: Token = this.#peek()): CelSyntaxError {
    const what = token.kind === 'end' ? '<EOF>' : token.text;
    return new CelSyntaxError(`Syntax error: mismatched input '${what}'`, token.at);
  }
}

function operator(name: string, args: readonly [Node, Node]): Node {
  return { op: 'call', name, args, at: args[0].at };
}

function globalCall(name: string, args: readonly Node[], at: number): Node {
  if (name !== 'has' || args.length !== 1) return { op: 'call', name, args, at };
  const [arg] = args;
  if (arg?.op !== 'select' || arg.optional) {
    throw new CelSyntaxError('invalid argument to has() macro', at);
  }
  return { op: 'has', operand: arg.operand, field: arg.field, at };
}

function memberCall(target: Node, name: string, args: readonly Node[], at: number): Node {
  const forms = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined;
  for (const [variables, rest] of forms ?? []) {
    if (args.length !== variables + rest) continue;
    const names = args.slice(0, variables).map((it) => (it.op === 'ident' ? it.name : undefined));
    const known = names.filter((it) => it !== undefined);
    // `exists(i, v, p)` and `map(e, filter, transform)` differ by what the second argument is.
    if (known.length !== variables) {
      throw new CelSyntaxError('argument must be a simple name', at);
    }
    return { op: 'macro', name, target, variables: known, args: args.slice(variables), at };
  }
  return { op: 'call', name, target, args, at };
}

/** `a.b.c` as one name; undefined for anything else. */
export function qualifiedName(node: Node): string | undefined {
  if (node.op === 'ident') return node.name;
  if (node.op !== 'select' || node.optional) return undefined;
  const operand = qualifiedName(node.operand);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}
