/**
 * All objects of a world in pieces, so that the next world shares all but the piece an edit is in:
 * to copy a list of many thousands takes longer than to look through it.
 */
import type { KubernetesObject } from '../manifest/index.ts';
import { differenceOf, type ObjectList, type Replaced } from './object-list.ts';

const PIECE = 2048;

export class ObjectSequence {
  readonly #pieces: readonly ObjectList[];

  private constructor(pieces: readonly ObjectList[]) {
    this.#pieces = pieces;
  }

  static of(list: ObjectList): ObjectSequence {
    return new ObjectSequence(piecesOf(list, 0, list.length));
  }

  all(): ObjectList {
    return joined(this.#pieces);
  }

  /** The sequence of another list, what it replaces, and where the list goes on behind that. */
  follow(now: ObjectList): Replaced & { readonly end: number; readonly sequence: ObjectSequence } {
    const before = this.#pieces;
    let [first, start] = [0, 0];
    for (let it = before[first]; it && standsAt(it, now, start); it = before[first]) {
      start += it.length;
      first++;
    }
    let [last, end] = [before.length, now.length];
    for (; last > first; last--) {
      const it = before[last - 1] ?? [];
      if (end - it.length < start || !standsAt(it, now, end - it.length)) break;
      end -= it.length;
    }
    const stretch = differenceOf(joined(before.slice(first, last)), now.slice(start, end));
    const pieces = before.toSpliced(first, last - first, ...piecesOf(now, start, end));
    return { ...stretch, end: start + stretch.end, sequence: new ObjectSequence(pieces) };
  }
}

function standsAt(piece: ObjectList, list: ObjectList, at: number): boolean {
  for (let i = 0; i < piece.length; i++) if (piece[i] !== list[at + i]) return false;
  return true;
}

/** As `flat` does, in a fraction of the time. */
function joined(pieces: readonly ObjectList[]): ObjectList {
  const none: KubernetesObject[] = [];
  return none.concat(...pieces);
}

/** In equal pieces, so that what grows at one place is not cut into ever smaller ones. */
function piecesOf(list: ObjectList, start: number, end: number): readonly ObjectList[] {
  const found: ObjectList[] = [];
  const size = Math.ceil((end - start) / Math.ceil((end - start) / PIECE));
  for (let at = start; at < end; at += size) found.push(list.slice(at, Math.min(end, at + size)));
  return found;
}
