/**
 * Which function a call means: by name, receiver and the types of its arguments.
 * Upstream: cel-go's common/stdlib, common/decls (the texts of errors).
 */
import type { CelFunction, FunctionTable } from './function-table.ts';
import type { Budget } from './scope.ts';
import { KUBERNETES_FUNCTIONS } from './kubernetes-functions.ts';
import { LIST_FUNCTIONS } from './list-functions.ts';
import { OPERATORS } from './operators.ts';
import { CONVERSIONS } from './conversions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';
import { TIME_FUNCTIONS } from './time.ts';
import { FORMAT_FUNCTIONS } from './formats.ts';
import { CelError, typeName, type CelValue } from './values.ts';

const TABLES: readonly FunctionTable[] = [
  OPERATORS,
  CONVERSIONS,
  STRING_FUNCTIONS,
  LIST_FUNCTIONS,
  TIME_FUNCTIONS,
  KUBERNETES_FUNCTIONS,
  FORMAT_FUNCTIONS,
];
const ALL = new Map<string, CelFunction[]>();
for (const table of TABLES) {
  for (const [name, overloads] of Object.entries(table)) {
    ALL.set(name, [...(ALL.get(name) ?? []), ...overloads]);
  }
}

/** Functions whose one implementation takes everything and fails without naming the types. */
const WITHOUT_TYPES: ReadonlySet<string> = new Set([
  '.contains',
  '.startsWith',
  '.endsWith',
  '.matches',
  'matches',
]);

/** Whether `a.b(…)` calls a function of that name rather than a member of `a`. */
export function isNamespacedFunction(name: string): boolean {
  return ALL.has(name);
}

/** Whether there is such a function at all. */
export function isFunction(name: string, member: boolean): boolean {
  return ALL.has(member ? `.${name}` : name);
}

export function callFunction(
  name: string,
  receiver: CelValue | undefined,
  args: readonly CelValue[],
  budget: Budget,
): CelValue {
  const key = receiver === undefined ? name : `.${name}`;
  const all = receiver === undefined ? args : [receiver, ...args];
  for (const it of ALL.get(key) ?? []) {
    const value = it(all, budget);
    if (value === undefined) continue;
    budget.spend(sizeCost(value));
    return value;
  }
  throw new CelError(noSuchOverload(name, key, all));
}

/** What is long costs more, so that nothing can be doubled without end. */
function sizeCost(value: CelValue): number {
  if (typeof value === 'string') return Math.ceil(value.length / 10);
  return value instanceof Uint8Array || (value !== null && Array.isArray(value)) ? value.length : 0;
}

function noSuchOverload(name: string, key: string, args: readonly CelValue[]): string {
  if (WITHOUT_TYPES.has(key)) return 'no such overload';
  if (Object.hasOwn(OPERATORS, key)) {
    return takesOperator(name, args[0]) ? 'no such overload' : `no such overload: ${name}`;
  }
  return `no such overload: ${name}(${args.map((it) => typeName(it)).join(', ')})`;
}

/** Whether the left side's type knows the operator, and only the right side does not fit. */
function takesOperator(name: string, left: CelValue | undefined): boolean {
  const type = left === undefined ? '' : typeName(left);
  const number = ['int', 'uint', 'double'].includes(type);
  const time = type.startsWith('google.protobuf.');
  switch (name) {
    case '_+_':
      return number || time || ['string', 'bytes', 'list'].includes(type);
    case '_-_':
      return number || time;
    case '_*_':
    case '_/_':
      return number;
    case '_%_':
      return type === 'int' || type === 'uint';
    case '-_':
      return number || type === 'google.protobuf.Duration';
    default:
      return number || time || ['string', 'bytes', 'bool', 'list', 'map'].includes(type);
  }
}
