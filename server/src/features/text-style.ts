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
