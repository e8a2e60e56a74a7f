/**
 * Text to documents. Never throws. What can be read of a broken document is read, and the rest is a
 * problem with a place.
 *
 * A text is cut at its `---` lines and each piece parsed by itself, so that pieces which did not
 * change are not parsed again (`ParseCache`).
 */
import { LIMITS } from './limits.ts';
import { problemAt, type Problem } from './problem.ts';
import { readServerYaml, type YamlReading } from './server-yaml/index.ts';
import { tolerantTree } from './tolerant-tree.ts';
import { keyText, type TreeNode } from './tree.ts';
import { usualTree } from './usual-tree.ts';

/** One document of a text: its tree, and what is wrong with it. Offsets count from the piece. */
export interface ParsedDocument {
  readonly root: TreeNode | undefined;
  readonly problems: readonly Problem[];
  /** The values exactly as the API server reads them; undefined for texts too large for a second look. */
  readonly value?: unknown;
}

/** One piece of a text between document marks. */
export interface Piece {
  readonly start: number;
  readonly text: string;
}

/** Cuts a text at its document marks. Within YAML a `---` at column 0 always is one. */
export function cutDocuments(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  // A mark may carry content behind it (`--- # comment`, `--- {a: 1}`), which is the next piece's.
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    pieces.push({ start, text: text.slice(start, match.index) });
    start = match.index + 3;
  }
  pieces.push({ start, text: text.slice(start) });
  return pieces;
}

/** Parses one piece. */
export function parsePiece(text: string): ParsedDocument {
  if (!/[^\s]/.test(text)) return { root: undefined, problems: [] };
  if (text.length > LIMITS.exactCharacters) return tolerantTree(text);
  const reading = readServerYaml(text);
  const { value, usualRoot } = reading;
  // Most texts need no second reader: it takes twice as long as the first.
  const usual = usualRoot && usualTree(usualRoot, text);
  const { root, problems } = usual ? { root: usual, problems: [] } : tolerantTree(text);
  return { root, problems: asServerSees(problems, reading, root, text), value };
}

/**
 * The server's reader decides what is a fault: it reads some texts that YAML 1.2 does not (a quoted
 * text that goes on at the margin), and refuses others.
 */
function asServerSees(
  problems: readonly Problem[],
  { fault, duplicates }: YamlReading,
  root: TreeNode | undefined,
  text: string,
): readonly Problem[] {
  if (fault) {
    if (problems.length > 0) return problems;
    const start = Math.min(fault.offset, Math.max(0, text.length - 1));
    return [problemAt('yaml-syntax', fault.message, { start, end: start + 1 })];
  }
  const own = problems.filter((it) => !it.code.startsWith('yaml-'));
  return duplicates === undefined || !root ? own : [...own, ...duplicateKeys(root)];
}

/** Keys that are written twice in one map. */
function duplicateKeys(node: TreeNode, found: Problem[] = [], depth = 0): Problem[] {
  if (node.kind === 'scalar' || depth > LIMITS.depth) return found;
  if (node.kind === 'list') {
    for (const item of node.items) duplicateKeys(item, found, depth + 1);
    return found;
  }
  const seen = new Set<string>();
  for (const { key, value, merged } of node.entries) {
    const name = keyText(key);
    if (!merged && seen.has(name) && found.length < LIMITS.problemsPerDocument) {
      found.push(problemAt('duplicate-key', `key "${name}" already set in map`, key.range));
    }
    if (!merged) seen.add(name);
    if (value) duplicateKeys(value, found, depth + 1);
  }
  return found;
}

/** Remembers parsed pieces by their text, so that a keystroke parses one document. */
export class ParseCache {
  #last = new Map<string, ParsedDocument>();

  /** Parses the pieces of one text; keeps only what this text still holds. */
  parse(pieces: readonly Piece[]): readonly ParsedDocument[] {
    const next = new Map<string, ParsedDocument>();
    const parsed = pieces.map(({ text }) => {
      const one = this.#last.get(text) ?? next.get(text) ?? parsePiece(text);
      next.set(text, one);
      return one;
    });
    this.#last = next;
    return parsed;
  }
}
