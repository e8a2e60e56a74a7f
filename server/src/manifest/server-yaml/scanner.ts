/**
 * A YAML 1.1 text to tokens, as goyaml.v2 reads it (scannerc.go, which is libyaml's), with its
 * faults. A key is recognised only at its colon; until then tokens wait.
 */
import { Cursor } from './cursor.ts';
import { scanBlock, scanPlain, scanQuoted, type ScannedScalar } from './scan-scalars.ts';
import { scanAnchor, scanDirective, scanTag } from './scan-properties.ts';
import { YamlFault, type Mark, type Token, type TokenType } from './token.ts';

/** Something that may turn out to be a key. */
interface SimpleKey {
  possible: boolean;
  readonly required: boolean;
  readonly tokenNumber: number;
  readonly mark: Mark;
}

/** A key and its colon may be no further apart. */
const MAX_KEY_LENGTH = 1024;

const FLOW: Readonly<Record<string, TokenType>> = {
  '[': 'FLOW-SEQUENCE-START',
  '{': 'FLOW-MAPPING-START',
  ']': 'FLOW-SEQUENCE-END',
  '}': 'FLOW-MAPPING-END',
};

/** Hands out tokens one by one. Throws YamlFault. */
export class Scanner {
  readonly #at: Cursor;
  readonly #queue: Token[] = [];
  #head = 0;
  #taken = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  /** One for each flow level, and one for the block around. */
  readonly #keys: (SimpleKey | undefined)[] = [undefined];
  #keyAllowed = true;
  #ended = false;
  /** The next token, once looked at: it is asked for several times before it is taken. */
  #peeked: Token | undefined;

  constructor(text: string) {
    this.#at = new Cursor(text);
  }

  /** The next token, which stays. */
  peek(): Token {
    return (this.#peeked ??= this.#look());
  }

  #look(): Token {
    while (!this.#ended && this.#needsMore()) this.#fetch();
    return this.#queue[this.#head] ?? this.#token('STREAM-END');
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    this.#peeked = undefined;
    this.#head++;
    this.#taken++;
    if (this.#head > 1000) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return token;
  }

  get #flowLevel(): number {
    return this.#keys.length - 1;
  }

  #needsMore(): boolean {
    if (this.#head >= this.#queue.length) return true;
    for (const key of this.#keys) {
      if (key?.tokenNumber === this.#taken && this.#isValid(key)) return true;
    }
    return false;
  }

  /** A key must end on its line. */
  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, index } = this.#at;
    if (key.mark.line >= line && key.mark.index + MAX_KEY_LENGTH >= index) return true;
    if (key.required) this.#fail("could not find expected ':'", key.mark);
    key.possible = false;
    return false;
  }

  #fetch(): void {
    this.#skipToToken();
    const at = this.#at;
    this.#unroll(at.column);
    if (at.atEnd) return this.#streamEnd();
    const char = at.peek();
    if (at.column === 0 && char === '%') return this.#directive();
    if (at.isDocumentIndicator()) return this.#documentIndicator(char);
    if (char === '[' || char === '{') return this.#flowStart(char);
    if (char === ']' || char === '}') return this.#flowEnd(char);
    if (char === ',') return this.#flowEntry();
    if (char === '-' && at.isSpaceOrEnd(1)) return this.#blockEntry();
    const inFlow = this.#flowLevel > 0;
    if (char === '?' && (inFlow || at.isSpaceOrEnd(1))) return this.#key();
    if (char === ':' && (inFlow || at.isSpaceOrEnd(1))) return this.#value();
    if (char === '*' || char === '&' || char === '!') return this.#property(char);
    if (!inFlow && (char === '|' || char === '>')) return this.#block();
    if (char === "'" || char === '"') return this.#scalar(() => scanQuoted(at), false);
    if (this.#startsPlain(char)) {
      return this.#scalar(() => scanPlain(at, this.#indent, this.#flowLevel > 0), true);
    }
    return this.#fail('found character that cannot start any token', at.mark);
  }

  #startsPlain(char: string): boolean {
    const at = this.#at;
    if (!at.isSpaceOrEnd() && !'-?:,[]{}#&*!|>\'"%@`'.includes(char)) return true;
    if (char === '-') return !at.isBlank(1);
    return this.#flowLevel === 0 && (char === '?' || char === ':') && !at.isSpaceOrEnd(1);
  }

  #skipToToken(): void {
    const at = this.#at;
    for (;;) {
      if (at.index === 0 && at.peek() === '\ufeff') at.index++;
      while (at.peek() === ' ' || (at.peek() === '\t' && this.#tabsAllowed())) at.skip();
      if (at.peek() === '#') while (!at.isBreakOrEnd()) at.skip();
      if (!at.isBreak()) return;
      at.readBreak();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  #tabsAllowed(): boolean {
    return this.#flowLevel > 0 || !this.#keyAllowed;
  }

  #streamEnd(): void {
    const at = this.#at;
    if (at.column !== 0) {
      at.column = 0;
      at.line++;
    }
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#queue.push(this.#token('STREAM-END'));
    this.#ended = true;
  }

  #directive(): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    const mark = this.#at.mark;
    const { type, value } = scanDirective(this.#at);
    this.#queue.push({ type, mark, value });
  }

  #documentIndicator(char: string): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#queue.push(this.#token(char === '-' ? 'DOCUMENT-START' : 'DOCUMENT-END'));
    this.#at.skip(3);
  }

  #flowStart(char: string): void {
    this.#saveKey();
    this.#keys.push(undefined);
    this.#keyAllowed = true;
    this.#single(FLOW[char] ?? 'FLOW-SEQUENCE-START');
  }

  #flowEnd(char: string): void {
    this.#removeKey();
    if (this.#flowLevel > 0) this.#keys.pop();
    this.#keyAllowed = false;
    this.#single(FLOW[char] ?? 'FLOW-SEQUENCE-END');
  }

  #flowEntry(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#single('FLOW-ENTRY');
  }

  #blockEntry(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) {
        this.#fail('block sequence entries are not allowed in this context', this.#at.mark);
      }
      this.#roll(this.#at.column, undefined, 'BLOCK-SEQUENCE-START', this.#at.mark);
    }
    this.#removeKey();
    this.#keyAllowed = true;
    this.#single('BLOCK-ENTRY');
  }

  #key(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) {
        this.#fail('mapping keys are not allowed in this context', this.#at.mark);
      }
      this.#roll(this.#at.column, undefined, 'BLOCK-MAPPING-START', this.#at.mark);
    }
    this.#removeKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#queue.push({ ...this.#token('KEY'), explicit: true });
    this.#at.skip();
  }

  #value(): void {
    const key = this.#keys.at(-1);
    if (key && this.#isValid(key)) {
      this.#insert(key.tokenNumber, { type: 'KEY', mark: key.mark, value: '' });
      this.#roll(key.mark.column, key.tokenNumber, 'BLOCK-MAPPING-START', key.mark);
      key.possible = false;
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#keyAllowed) {
          this.#fail('mapping values are not allowed in this context', this.#at.mark);
        }
        this.#roll(this.#at.column, undefined, 'BLOCK-MAPPING-START', this.#at.mark);
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#single('VALUE');
  }

  #property(char: string): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const mark = this.#at.mark;
    if (char === '!') this.#queue.push({ type: 'TAG', mark, value: scanTag(this.#at) });
    else {
      const type = char === '*' ? 'ALIAS' : 'ANCHOR';
      this.#queue.push({ type, mark, value: scanAnchor(this.#at) });
    }
  }

  #block(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    const mark = this.#at.mark;
    const { value, end } = scanBlock(this.#at, this.#indent);
    this.#queue.push({ type: 'SCALAR', mark, value, end });
  }

  #scalar(scan: () => ScannedScalar, plain: boolean): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const mark = this.#at.mark;
    const { value, endedLine, end } = scan();
    if (endedLine) this.#keyAllowed = true;
    this.#queue.push({ type: 'SCALAR', mark, value, plain, end });
  }

  #single(type: TokenType): void {
    this.#queue.push(this.#token(type));
    this.#at.skip();
  }

  #token(type: TokenType): Token {
    return { type, mark: this.#at.mark, value: '' };
  }

  #insert(tokenNumber: number, token: Token): void {
    this.#queue.splice(this.#head + tokenNumber - this.#taken, 0, token);
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return;
    const required = this.#flowLevel === 0 && this.#indent === this.#at.column;
    this.#removeKey();
    this.#keys[this.#keys.length - 1] = {
      possible: true,
      required,
      tokenNumber: this.#taken + this.#queue.length - this.#head,
      mark: this.#at.mark,
    };
  }

  #removeKey(): void {
    const key = this.#keys.at(-1);
    if (key?.possible && key.required) this.#fail("could not find expected ':'", key.mark);
    this.#keys[this.#keys.length - 1] = undefined;
  }

  #roll(column: number, before: number | undefined, type: TokenType, mark: Mark): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    const token: Token = { type, mark, value: '' };
    if (before === undefined) this.#queue.push(token);
    else this.#insert(before, token);
  }

  #unroll(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#queue.push(this.#token('BLOCK-END'));
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #fail(problem: string, context: Mark): never {
    throw YamlFault.scanner(problem, this.#at.mark, context);
  }
}
