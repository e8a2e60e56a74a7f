import type { Place } from '../protocol/index.ts';
import { uriName } from '../source/index.ts';

/** How a text is emphasised. The terminal colours; goldens and files keep it plain. */
export type Emphasis = 'heading' | 'strong' | 'dim' | 'good' | 'warning' | 'error' | 'accent';

export type Style = (emphasis: Emphasis, text: string) => string;

export const PLAIN: Style = (_, text) => text;

/** The text filled with spaces to a width; longer texts are cut with an ellipsis. */
export function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width
    ? `${characters.slice(0, width - 1).join('')}…`
    : text + ' '.repeat(width - characters.length);
}

/** Breaks a text at spaces into lines of at most the width. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** How wide texts for the terminal are. */
const WIDTH = 100;

/** A text broken into lines that stand below each other, behind what leads it in. */
export function indented(text: string, by: number, style: Style, lead = ''): readonly string[] {
  const [first = '', ...rest] = wrap(text, WIDTH - by - lead.length);
  const pad = ' '.repeat(by);
  return [
    `${pad}${style('dim', lead)}${first}`,
    ...rest.map((it) => `${pad}${' '.repeat(lead.length)}${it}`),
  ];
}

/** `web.yaml:12:5`, counted from one as editors do. */
export function placeText({ uri, range }: Place): string {
  return `${uriName(uri, 1)}:${range.start.line + 1}:${range.start.character + 1}`;
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** With a capital at its head and a stop at its end. */
export function sentence(text: string): string {
  const first = capitalised(text);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
