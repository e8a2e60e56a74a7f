import type { ConformanceKind } from '../kind.ts';

export const scheduling: ConformanceKind<unknown, unknown> = {
  answer: () => null,
  compare: () => ({}),
};
