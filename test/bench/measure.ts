/** What every bench measures with, and the table it prints. Ratios count: two machines differ. */
import { performance } from 'node:perf_hooks';

/** One line of the table; `against` names what `ratio` is a ratio to. */
export interface Row {
  readonly name: string;
  readonly milliseconds: number;
  readonly ratio?: number;
  readonly note?: string;
}

/** The median of several runs, in milliseconds; the first runs, which compile, do not count. */
export function median(times: number, run: (round: number) => unknown, warmUp = 1): number {
  return measure(times, run, warmUp).median;
}

/** The median and the best of several runs, in milliseconds. A busy machine spoils the best least. */
export function measure(
  times: number,
  run: (round: number) => unknown,
  warmUp = 1,
): { readonly median: number; readonly best: number } {
  const taken: number[] = [];
  for (let round = 0; round < times + warmUp; round++) {
    const milliseconds = timed(() => run(round));
    if (round >= warmUp) taken.push(milliseconds);
  }
  taken.sort((a, b) => a - b);
  return { median: taken[taken.length >> 1] ?? 0, best: taken[0] ?? 0 };
}

/** One run, in milliseconds. */
export function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** A loop of fixed work, in milliseconds: what one millisecond of this machine is worth. */
export function fixedLoop(): number {
  return median(3, () => {
    let sum = 0;
    for (let i = 0; i < 20_000_000; i++) sum = (sum + i * 7) % 1_000_003;
    if (sum === -1) throw new Error('the loop was left out');
  });
}

/** Prints lines: the time, its ratio (to the fixed loop unless told otherwise), and a note. */
export function print(title: string, rows: readonly Row[], loopMilliseconds: number): void {
  console.log(`\n${title}`);
  for (const { name, milliseconds, ratio, note } of rows) {
    const time = `${milliseconds.toFixed(3).padStart(10)} ms`;
    const against = (ratio ?? milliseconds / loopMilliseconds).toFixed(3).padStart(9);
    console.log(`  ${name.padEnd(46)}${time}${against}  ${note ?? ''}`.trimEnd());
  }
}
