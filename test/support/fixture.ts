/**
 * Fixtures: YAML that any editor opens, with marks in its comments.
 *
 *   #- nodes.yaml       a file begins
 *   $0                  the cursor (taken out of the text)
 *   # ^^^ message       this is said under exactly this text of the line above
 *   # <---- message     the same from column 0; one dash a character
 *   #   | more          the message goes on
 *   related: …          at the head of a message: a related place of the finding before
 */

/** A mark: where something is said, and what. Lines and columns from zero. */
export interface Mark {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly related: boolean;
}

export interface Fixture {
  readonly files: readonly { readonly uri: string; readonly text: string }[];
  readonly marks: readonly Mark[];
  readonly cursor: { readonly uri: string; readonly offset: number } | undefined;
}

const CARETS = /^(\s*#\s*)(\^+)\s(.*)$/;
const ARROW = /^\s*#\s*<(-+)\s(.*)$/;
const MORE = /^\s*#\s*\|\s?(.*)$/;

/** Reads a fixture; a text without `#-` is one file named `manifest.yaml`. */
export function parseFixture(text: string): Fixture {
  const files: { uri: string; text: string }[] = [];
  let name = 'manifest.yaml';
  let lines: string[] = [];
  const flush = () => {
    if (lines.some((line) => line.trim() !== ''))
      files.push({ uri: uriOf(name), text: `${lines.join('\n').trimEnd()}\n` });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const begins = /^#- (\S+)/.exec(line);
    if (!begins) lines.push(line);
    else {
      flush();
      name = begins[1] ?? name;
    }
  }
  flush();
  return withCursor(files);
}

export function uriOf(name: string): string {
  return `file:///workspace/${name}`;
}

function withCursor(files: readonly { uri: string; text: string }[]): Fixture {
  let cursor: Fixture['cursor'];
  const clean = files.map(({ uri, text }) => {
    const at = text.search(/(?<!\\)\$0/);
    if (at === -1) return { uri, text: text.replaceAll('\\$0', '$0') };
    cursor = { uri, offset: at };
    return { uri, text: text.slice(0, at) + text.slice(at + 2) };
  });
  return { files: clean, marks: clean.flatMap((it) => marksOf(it.uri, it.text)), cursor };
}

function marksOf(file: string, text: string): Mark[] {
  const marks: Mark[] = [];
  let above = 0;
  for (const [i, line] of text.split('\n').entries()) {
    const carets = CARETS.exec(line);
    const arrow = ARROW.exec(line);
    const more = MORE.exec(line);
    const last = marks.at(-1);
    if (carets) {
      const start = carets[1]?.length ?? 0;
      marks.push(mark(file, above, start, start + (carets[2]?.length ?? 0), carets[3] ?? ''));
    } else if (arrow) {
      marks.push(mark(file, above, 0, arrow[1]?.length ?? 0, arrow[2] ?? ''));
    } else if (more && last) {
      marks[marks.length - 1] = { ...last, message: `${last.message}\n${more[1] ?? ''}` };
    } else {
      above = i;
    }
  }
  return marks;
}

function mark(file: string, line: number, start: number, end: number, text: string): Mark {
  const related = text.startsWith('related: ');
  const message = related ? text.slice('related: '.length) : text;
  return { file, line, start, end, message: message.trim(), related };
}
