/**
 * Functions on lists and sets.
 * Upstream: apiserver's pkg/cel/library/lists.go, cel-go's ext/lists.go (version 3), ext/sets.go.
 */
import type { CelFunction, FunctionTable } from './function-table.ts';
import { callOperator } from './operators.ts';
import { celCompare, celEquals, CelError, isList, type CelValue } from './values.ts';

/** A list may grow to this by `lists.range` or `flatten`. */
const MAX_LIST = 1_000_000;

type List = readonly CelValue[];

function onList(run: (list: List) => CelValue): CelFunction {
  return ([list, ...rest]) =>
    list !== undefined && isList(list) && rest.length === 0 ? run(list) : undefined;
}

function onLists(run: (a: List, b: List) => CelValue): CelFunction {
  return ([a, b]) =>
    a !== undefined && b !== undefined && isList(a) && isList(b) ? run(a, b) : undefined;
}

function extreme(name: string, better: (order: number) => boolean): CelFunction {
  return onList((list) => {
    const [first, ...rest] = list;
    if (first === undefined) throw new CelError(`${name} called on empty list`);
    return rest.reduce((best, it) => (better(celCompare(it, best)) ? it : best), first);
  });
}

/** The sum; zero where the list is empty. */
const sum = onList((list) => {
  const [first, ...rest] = list;
  if (first === undefined) return 0n;
  return rest.reduce((total, it) => callOperator('_+_', total, it), first);
});

function position(last: boolean): CelFunction {
  return ([list, wanted]) => {
    if (list === undefined || !isList(list) || wanted === undefined) return undefined;
    const same = (it: CelValue): boolean => celEquals(it, wanted);
    return BigInt(last ? list.findLastIndex(same) : list.findIndex(same));
  };
}

function isSorted(list: List): boolean {
  return list.every((it, i) => i === 0 || celCompare(list[i - 1] ?? null, it) <= 0);
}

function distinct(list: List): CelValue[] {
  const out: CelValue[] = [];
  for (const it of list) if (!out.some((other) => celEquals(other, it))) out.push(it);
  return out;
}

const flatten: CelFunction = ([list, depth]) => {
  if (list === undefined || !isList(list)) return undefined;
  if (depth !== undefined && typeof depth !== 'bigint') return undefined;
  if (depth !== undefined && depth < 0n) {
    throw new CelError('level must be non-negative');
  }
  const flat = (it: List, left: number): CelValue[] =>
    it.flatMap((inner) => (isList(inner) && left > 0 ? flat(inner, left - 1) : [inner]));
  return flat(list, Number(depth ?? 1n));
};

const slice: CelFunction = ([list, from, to]) => {
  if (list === undefined || !isList(list)) return undefined;
  if (typeof from !== 'bigint' || typeof to !== 'bigint') return undefined;
  const size = BigInt(list.length);
  if (from < 0n || to < 0n) {
    throw new CelError(`cannot slice(${from}, ${to}), negative indexes not supported`);
  }
  if (from > to) {
    throw new CelError(
      `cannot slice(${from}, ${to}), start index must be less than or equal to end index`,
    );
  }
  if (size < to) throw new CelError(`cannot slice(${from}, ${to}), list is length ${size}`);
  return list.slice(Number(from), Number(to));
};

const range: CelFunction = ([count], budget) => {
  if (typeof count !== 'bigint') return undefined;
  if (count > MAX_LIST) throw new CelError('operation cancelled: actual cost limit exceeded');
  budget.spend(Number(count > 0n ? count : 0n));
  return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i));
};

function containsAll(list: List, wanted: List): boolean {
  return wanted.every((it) => list.some((other) => celEquals(other, it)));
}

export const LIST_FUNCTIONS: FunctionTable = {
  '.isSorted': [onList(isSorted)],
  '.sum': [sum],
  '.min': [extreme('min', (order) => order < 0)],
  '.max': [extreme('max', (order) => order > 0)],
  '.indexOf': [position(false)],
  '.lastIndexOf': [position(true)],
  '.distinct': [onList(distinct)],
  '.flatten': [flatten],
  '.reverse': [onList((list) => list.toReversed())],
  '.slice': [slice],
  '.sort': [onList((list) => list.toSorted((a, b) => celCompare(a, b)))],
  'lists.range': [range],
  'sets.contains': [onLists(containsAll)],
  'sets.equivalent': [onLists((a, b) => containsAll(a, b) && containsAll(b, a))],
  'sets.intersects': [onLists((a, b) => a.some((it) => b.some((other) => celEquals(it, other))))],
};
