import type { ConformanceKind } from '../kind.ts';

export const lifecycle: ConformanceKind<unknown, unknown> = {
  answer: () => null,
  compare: () => ({}),
};
