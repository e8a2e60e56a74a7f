import type { ConformanceKind } from '../kind.ts';

export const admission: ConformanceKind<unknown, unknown> = {
  answer: () => null,
  compare: () => ({}),
};
