import { styleText } from 'node:util';
import type { Style } from '../features/index.ts';

const FORMATS = {
  heading: ['bold', 'underline'],
  strong: 'bold',
  dim: 'dim',
  good: 'green',
  warning: 'yellow',
  error: 'red',
  accent: 'cyan',
} as const;

/** Colours for a terminal; `NO_COLOR` and pipes are honoured by the caller, not by newer Nodes. */
export const TERMINAL: Style = (emphasis, text) =>
  styleText([FORMATS[emphasis]].flat(), text, { validateStream: false });

/** Whether colours are wanted: asked for, or a terminal without `NO_COLOR`. */
export function wantsColour(choice: boolean | undefined, stream: NodeJS.WriteStream): boolean {
  if (choice !== undefined) return choice;
  return stream.isTTY && !process.env['NO_COLOR'];
}
