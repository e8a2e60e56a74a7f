/** Which of two declared objects `kubectl apply` creates first, as far as their files tell. */
import { originOf, type FieldPath } from '../../manifest/index.ts';

/** `unknown`: they stand in different folders, so it is up to whoever applies them. */
export type FileOrder = 'before' | 'after' | 'unknown';

interface Place {
  readonly uri: string;
  readonly index: number;
  readonly at: FieldPath;
}

/** Whether the first object comes before the second; undefined where one of them nobody wrote. */
export function fileOrder(first: object, second: object): FileOrder | undefined {
  const a = placeOf(first);
  const b = placeOf(second);
  if (!a || !b) return undefined;
  if (a.uri !== b.uri) {
    const folder = (uri: string) => uri.slice(0, uri.lastIndexOf('/'));
    // A folder's files are read in the order of their names.
    if (folder(a.uri) !== folder(b.uri)) return 'unknown';
    return a.uri < b.uri ? 'before' : 'after';
  }
  const byItem = Number(a.at[1] ?? 0) - Number(b.at[1] ?? 0);
  return (a.index - b.index || byItem) < 0 ? 'before' : 'after';
}

/** How many requests after the first object the second is created; undefined across files. */
export function requestsBetween(first: object, second: object): number | undefined {
  const a = placeOf(first);
  const b = placeOf(second);
  if (!a || !b || a.uri !== b.uri) return undefined;
  // Of a List only the items of one document can be counted.
  if (a.at.length > 0 || b.at.length > 0) {
    return a.index === b.index ? Number(b.at[1] ?? 0) - Number(a.at[1] ?? 0) : undefined;
  }
  return b.index - a.index;
}

function placeOf(object: object): Place | undefined {
  const origin = originOf(object);
  return origin && { uri: origin.document.file.uri, index: origin.document.index, at: origin.at };
}
