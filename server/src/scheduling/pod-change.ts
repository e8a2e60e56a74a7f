/** Changes to a pod that might flip an answer, as data: text for people, a path for a quick fix. */
import { originOf, withOrigin, type FieldPath, type Pod } from '../manifest/index.ts';

/** One change of one field. */
export interface PodChange {
  /** `add` appends to a list, which it makes where there is none. */
  readonly op: 'add' | 'replace' | 'remove';
  /** From the pod's root. */
  readonly path: FieldPath;
  readonly value?: unknown;
  /** 1, and more the more of an amount it takes away. */
  readonly cost: number;
  /** What to do, as an imperative: `lower the cpu request of app to 1200m`. */
  readonly text: string;
}

/** The pod with the changes made, as another object that stands in the same text. */
export function applyChanges(pod: Pod, changes: readonly PodChange[]): Pod {
  let changed: unknown = pod;
  // From the end of lists to their beginning, so that indexes keep their meaning.
  for (const it of changes.toSorted((a, b) => compareLastIndex(b.path, a.path))) {
    changed = changeAt(changed, it.path, it);
  }
  const result = changed as Pod;
  const origin = originOf(pod);
  return origin && result !== pod ? withOrigin(result, origin) : result;
}

function changeAt(value: unknown, path: FieldPath, change: PodChange): unknown {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (change.op === 'add') return [...(Array.isArray(value) ? value : []), change.value];
    return change.value;
  }
  if (typeof step === 'number') {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    if (rest.length === 0 && change.op === 'remove') return list.filter((_, i) => i !== step);
    return list.map((it, i) => (i === step ? changeAt(it, rest, change) : it));
  }
  const map = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (rest.length === 0 && change.op === 'remove') {
    return Object.fromEntries(Object.entries(map).filter(([key]) => key !== step));
  }
  return { ...map, [step]: changeAt(map[step], rest, change) };
}

function compareLastIndex(a: FieldPath, b: FieldPath): number {
  const index = (path: FieldPath): number => {
    const last = path.at(-1);
    return typeof last === 'number' ? last : -1;
  };
  return index(a) - index(b);
}
