/**
 * Decides which entries of many lives are the same one. Entries that say the same are told apart by
 * their number; where some lives have fewer (a status was merged away), theirs are those of the
 * full lives that they come nearest to in time, in order.
 */
import type { TraceEntry } from './trace.ts';

/** What all lives say of one entry. */
export interface Gathered {
  readonly entry: TraceEntry;
  readonly times: number[];
}

/** Entries that say the same, life by life. */
interface Alike {
  readonly lives: Map<number, TraceEntry[]>;
  most: number;
}

/** Gathers the entries of all lives; gives for each entry of each life what it is one of. */
export function alignLives(
  lives: readonly (readonly TraceEntry[])[],
): ReadonlyMap<TraceEntry, Gathered> {
  const kinds = new Map<string, Alike>();
  lives.forEach((entries, life) => {
    for (const entry of entries) {
      const key = identity(entry);
      let alike = kinds.get(key);
      if (alike === undefined) kinds.set(key, (alike = { lives: new Map(), most: 0 }));
      const own = alike.lives.get(life);
      if (own === undefined) alike.lives.set(life, [entry]);
      else own.push(entry);
      alike.most = Math.max(alike.most, own?.length ?? 1);
    }
  });
  const gathered = new Map<TraceEntry, Gathered>();
  for (const alike of kinds.values()) number(alike, gathered);
  return gathered;
}

function number({ lives, most }: Alike, gathered: Map<TraceEntry, Gathered>): void {
  const full = [...lives.values()].filter((it) => it.length === most);
  const made: (Gathered | undefined)[] = [];
  const usual: number[] = [];
  for (let index = 0; index < most; index++) {
    const sum = full.reduce((total, it) => total + (it[index]?.t ?? 0), 0);
    usual.push(sum / full.length);
  }
  for (const entries of lives.values()) {
    const places = entries.length === most ? usual.keys() : nearest(entries, usual);
    for (const [nth, index] of [...places].entries()) {
      const entry = entries[nth];
      if (entry === undefined) continue;
      const one = (made[index] ??= { entry, times: [] });
      one.times.push(entry.t);
      gathered.set(entry, one);
    }
  }
}

/** For each entry its place among the usual times: in order, with the least distance in all. */
function nearest(entries: readonly TraceEntry[], usual: readonly number[]): readonly number[] {
  // best[i][j]: the least distance of the entries from i on among the places from j on.
  const best: number[][] = [];
  for (let i = entries.length; i >= 0; i--) {
    const row: number[] = (best[i] = []);
    for (let j = usual.length; j >= 0; j--) {
      row[j] = i === entries.length ? 0 : Math.min(row[j + 1] ?? Infinity, taken(i, j));
    }
  }
  function taken(i: number, j: number): number {
    const own = entries[i];
    const place = usual[j];
    if (own === undefined || place === undefined) return Infinity;
    return Math.abs(own.t - place) + (best[i + 1]?.[j + 1] ?? Infinity);
  }
  const places: number[] = [];
  for (let j = 0; j < usual.length && places.length < entries.length; j++) {
    const i = places.length;
    if (taken(i, j) <= (best[i]?.[j + 1] ?? Infinity)) places.push(j);
  }
  return places;
}

function identity({ pod, source, what, container, detail, life }: TraceEntry): string {
  return `${pod ?? ''}|${source}|${what}|${container ?? ''}|${shownDetail(what, detail)}|${life}`;
}

/** The part of a detail that is the same in every life. */
function shownDetail(what: string, detail: unknown): string {
  if (detail === undefined) return '';
  if (what.endsWith('.end') && typeof detail === 'object') {
    const { took: _, ...rest } = detail as Record<string, unknown>;
    return JSON.stringify(rest);
  }
  return JSON.stringify(detail);
}
