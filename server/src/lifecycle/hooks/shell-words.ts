/**
 * The simple commands of a shell script: a small subset of the POSIX shell's grammar.
 *
 * Understood: words with quotes and backslashes, `$NAME` and `${NAME}` of known variables, the
 * connectors `;` `&&` `||` `|` `&` and newlines, comments, redirections, leading assignments.
 * Everything else (substitutions, globs, functions, here-documents) makes a word or the script
 * `unknown`; compound commands (`if`, `while`, `(…)`) are marked, their insides are not followed.
 */

/** A word of a command; `undefined` where its text depends on what only the shell knows. */
export type ShellWord = string | undefined;

/** How a command follows the one before it. */
export type Connector = 'start' | ';' | '&&' | '||' | '|' | '&';

/** One simple command. */
export interface SimpleCommand {
  readonly words: readonly ShellWord[];
  readonly connector: Connector;
  /** It runs in the background: what follows does not wait for it. */
  readonly background: boolean;
}

/** A script, as far as it is understood. */
export interface ShellScript {
  /** The commands before the first compound command. */
  readonly commands: readonly SimpleCommand[];
  /** The word that begins the first compound command: `while`, `if`, `(`. */
  readonly compound: string | undefined;
  /** Nothing of the script was beyond the subset. */
  readonly understood: boolean;
}

/** Longer scripts are not read. */
const MAX_SCRIPT_LENGTH = 20_000;

const COMPOUND = new Set(
  'if then elif else fi for while until do done case esac { } ! function select [['.split(' '),
);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** Reads a script; `variables` are those whose values are known. */
export function parseShellScript(
  text: string,
  variables: Readonly<Record<string, string>> = {},
): ShellScript {
  if (text.length > MAX_SCRIPT_LENGTH) {
    return { commands: [], compound: undefined, understood: false };
  }
  return new Reader(text, variables).read();
}

class Reader {
  readonly #text: string;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #commands: SimpleCommand[] = [];
  #words: ShellWord[] = [];
  #connector: Connector = 'start';
  #understood = true;
  #compound: string | undefined;
  #at = 0;

  constructor(text: string, variables: Readonly<Record<string, string>>) {
    this.#text = text;
    this.#variables = variables;
  }

  read(): ShellScript {
    while (this.#at < this.#text.length && this.#compound === undefined) this.#step();
    if (this.#compound === undefined) this.#endCommand('start');
    return {
      commands: this.#commands,
      compound: this.#compound,
      understood: this.#understood && this.#compound === undefined,
    };
  }

  #step(): void {
    const rest = this.#text.slice(this.#at, this.#at + 2);
    const char = rest.charAt(0);
    if (char === ' ' || char === '\t' || char === '\r') this.#at++;
    else if (rest === '\\\n') this.#at += 2;
    else if (char === '#') this.#skipComment();
    else if (rest === '&&' || rest === '||') this.#connect(rest, 2);
    else if (rest === ';;') this.#compound = 'case';
    else if (char === ';' || char === '\n') this.#connect(';', 1);
    else if (char === '|') this.#connect('|', 1);
    else if (char === '&' && rest !== '&>') this.#connect('&', 1);
    else if (char === '(' || char === ')') this.#compound = '(';
    else if (/^(?:\d*[<>]|&>)/.test(this.#text.slice(this.#at, this.#at + 4)))
      this.#skipRedirection();
    else this.#readWord();
  }

  #connect(connector: '&&' | '||' | ';' | '|' | '&', length: number): void {
    this.#at += length;
    this.#endCommand(connector);
  }

  #endCommand(next: Connector): void {
    if (this.#words.length > 0) {
      const background = next === '&';
      this.#commands.push({ words: this.#words, connector: this.#connector, background });
      this.#words = [];
      this.#connector = background ? ';' : next;
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  /** `> file`, `2>&1`, `< file`: changes no timing. A here-document is beyond the subset. */
  #skipRedirection(): void {
    const match = /^(?:\d*(<<|<>|[<>]{1,2}&?|>\|)|&>>?)[ \t]*/.exec(this.#text.slice(this.#at));
    this.#at += match?.[0].length ?? 1;
    if (match?.[1] === '<<') this.#understood = false;
    const words = this.#words;
    this.#words = [];
    this.#readWord();
    this.#words = words;
  }

  #readWord(): void {
    let text = '';
    let known = true;
    let quoted = false;
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (/[\s;&|<>()]/.test(char)) break;
      if (char === "'" || char === '"' || char === '\\') quoted = true;
      const part = this.#readPart(char);
      if (part === undefined) known = false;
      else text += part;
    }
    if (this.#at === start) this.#at++;
    else this.#addWord(known ? text : undefined, quoted);
  }

  #addWord(word: ShellWord, quoted: boolean): void {
    if (this.#words.length === 0 && word !== undefined && !quoted) {
      if (COMPOUND.has(word)) {
        this.#compound = word;
        return;
      }
      if (ASSIGNMENT.test(word)) return;
    }
    if (word === undefined) this.#understood = false;
    this.#words.push(word);
  }

  /** One quoted stretch, expansion or character; undefined where the text is not known. */
  #readPart(char: string): string | undefined {
    if (char === "'") return this.#readUntil("'");
    if (char === '"') return this.#readDoubleQuoted();
    if (char === '\\') {
      this.#at += 2;
      return this.#text.charAt(this.#at - 1);
    }
    if (char === '$' || char === '`') return this.#readExpansion();
    this.#at++;
    return char === '*' || char === '?' ? undefined : char;
  }

  #readUntil(quote: string): string | undefined {
    const end = this.#text.indexOf(quote, this.#at + 1);
    const text = this.#text.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return end < 0 ? undefined : text;
  }

  #readDoubleQuoted(): string | undefined {
    let text: string | undefined = '';
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at++;
        return text;
      }
      let part: string | undefined = char;
      if (char === '\\') part = this.#text.charAt(++this.#at);
      if (char === '$' || char === '`') part = this.#readExpansion();
      else this.#at++;
      text = part === undefined || text === undefined ? undefined : text + part;
    }
    return undefined;
  }

  /** `$NAME` and `${NAME}`; substitutions are skipped to their end and are not known. */
  #readExpansion(): string | undefined {
    const rest = this.#text.slice(this.#at);
    const name = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(rest);
    if (name) {
      this.#at += name[0].length;
      const variable = name[1] ?? name[2] ?? '';
      return Object.hasOwn(this.#variables, variable) ? this.#variables[variable] : undefined;
    }
    if (rest.startsWith('`')) {
      this.#readUntil('`');
      return undefined;
    }
    const special = /^\$(?:[@*#?$!0-9-]|$|(?=[\s"';&|]))/.exec(rest);
    if (special) {
      this.#at += special[0].length;
      return special[0] === '$' ? '$' : undefined;
    }
    this.#at++;
    this.#skipBrackets();
    return undefined;
  }

  #skipBrackets(): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at++);
      if (char === '(' || char === '{') depth++;
      else if (char === ')' || char === '}') depth--;
      if (depth <= 0) return;
    }
    this.#understood = false;
  }
}
