/** Definition, references and rename, read off the links between objects. */
import { containsOffset, type TextRange } from '../source/index.ts';
import type { Link, LinkEnd } from './links.ts';

/** Where what stands here is declared. */
export function definitionAt(
  links: readonly Link[],
  uri: string,
  offset: number,
): readonly LinkEnd[] {
  return unique(links.filter((it) => holds(it.from, uri, offset)).map((it) => it.to));
}

/** Who names what is declared, or named, here. */
export function referencesAt(
  links: readonly Link[],
  uri: string,
  offset: number,
): readonly LinkEnd[] {
  const declared = links.filter((it) => holds(it.to, uri, offset) || holds(it.from, uri, offset));
  const targets = new Set(declared.map((it) => keyOfEnd(it.to)));
  return unique(links.filter((it) => targets.has(keyOfEnd(it.to))).map((it) => it.from));
}

/** Every place that has to change with this one; empty where nothing here has a name of its own. */
export function renamePlaces(
  links: readonly Link[],
  uri: string,
  offset: number,
): readonly LinkEnd[] {
  const ends = links.flatMap((it) => [it.from, it.to]);
  const start = ends.find((it) => holds(it, uri, offset));
  if (!start) return [];
  const neighbours = new Map<string, LinkEnd[]>();
  for (const { from, to } of links) {
    neighbours.set(keyOfEnd(from), [...(neighbours.get(keyOfEnd(from)) ?? []), to]);
    neighbours.set(keyOfEnd(to), [...(neighbours.get(keyOfEnd(to)) ?? []), from]);
  }
  const found = new Map([[keyOfEnd(start), start]]);
  const queue = [start];
  for (let end = queue.pop(); end; end = queue.pop()) {
    for (const next of neighbours.get(keyOfEnd(end)) ?? []) {
      if (found.has(keyOfEnd(next))) continue;
      found.set(keyOfEnd(next), next);
      queue.push(next);
    }
  }
  return [...found.values()];
}

/** The range of the name at an offset, where it can be renamed. */
export function renameRange(
  links: readonly Link[],
  uri: string,
  offset: number,
): TextRange | undefined {
  return links.flatMap((it) => [it.from, it.to]).find((it) => holds(it, uri, offset))?.range;
}

function holds(end: LinkEnd, uri: string, offset: number): boolean {
  return end.uri === uri && containsOffset(end.range, offset);
}

function keyOfEnd({ uri, range }: LinkEnd): string {
  return `${uri}:${range.start}`;
}

function unique(ends: readonly LinkEnd[]): readonly LinkEnd[] {
  return [...new Map(ends.map((it) => [keyOfEnd(it), it])).values()];
}
