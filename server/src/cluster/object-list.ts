/** Lists of objects that follow one another: an edit replaces one stretch, the rest is the same. */
import type { KubernetesObject } from '../manifest/index.ts';

export type ObjectList = readonly KubernetesObject[];

/** A stretch of a list, and what stands there in the next one. */
export interface Replaced {
  readonly gone: ObjectList;
  readonly fresh: ObjectList;
}

/** The same, with the first object behind it; undefined where the list ends with the stretch. */
export interface Stretch extends Replaced {
  readonly next: KubernetesObject | undefined;
}

/** The stretch in which two lists differ, and where the second goes on as the first. */
export function differenceOf(
  before: ObjectList,
  now: ObjectList,
): Replaced & { readonly end: number } {
  const shorter = Math.min(before.length, now.length);
  let start = 0;
  while (start < shorter && before[start] === now[start]) start++;
  let same = 0;
  const most = shorter - start;
  while (same < most && before[before.length - 1 - same] === now[now.length - 1 - same]) same++;
  const end = now.length - same;
  return { gone: before.slice(start, before.length - same), fresh: now.slice(start, end), end };
}

/** The list with a stretch replaced. */
export function splice(list: ObjectList, { gone, fresh, next }: Stretch): ObjectList {
  const anchor = gone[0] ?? next;
  const at = anchor ? list.indexOf(anchor) : list.length;
  return list.toSpliced(at, gone.length, ...fresh);
}

export function sameList(a: ObjectList, b: ObjectList): boolean {
  return a === b || (a.length === b.length && a.every((it, i) => it === b[i]));
}

/** The first object from a place on that passes. */
export function firstFrom(
  list: ObjectList,
  start: number,
  passes: (it: KubernetesObject) => boolean,
): KubernetesObject | undefined {
  for (let i = start; i < list.length; i++) {
    const it = list[i];
    if (it && passes(it)) return it;
  }
  return undefined;
}
