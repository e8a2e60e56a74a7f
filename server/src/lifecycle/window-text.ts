/** Bounds in seconds as people write them in annotations and settings. */
import type { TimeWindow } from '../explanation/index.ts';

/** `2-20`, `5`, `0.5-3s`, `2-` (no upper bound); undefined where it cannot be read. */
export function parseWindow(text: string): TimeWindow | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)s?\s*(?:(-)\s*(?:(\d+(?:\.\d+)?)s?)?)?\s*$/.exec(text);
  if (!match) return undefined;
  const earliest = Number(match[1]);
  const latest = match[2] ? (match[3] === undefined ? Infinity : Number(match[3])) : earliest;
  return Number.isFinite(earliest) && earliest <= latest ? { earliest, latest } : undefined;
}
