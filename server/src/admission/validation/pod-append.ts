/** Adds a list to a list. Unlike `push(...more)` it has no bound on how long `more` may be. */
export function append<T>(list: T[], more: readonly T[]): void {
  for (const it of more) list.push(it);
}
