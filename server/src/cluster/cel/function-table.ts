import type { Budget } from './scope.ts';
import type { CelValue } from './values.ts';

/** All arguments, the receiver first; undefined where the types do not fit. */
export type CelFunction = (args: readonly CelValue[], budget: Budget) => CelValue | undefined;

/** Functions by name; members begin with a dot: `.startsWith`. */
export type FunctionTable = Readonly<Record<string, readonly CelFunction[]>>;
