/**
 * The macros that loop: over lists by element, or by index and element; over maps by key, or by
 * key and value. Upstream: cel-go's parser/macro.go, ext/comprehensions.go, cel/library.go.
 */
import type { Budget, Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import {
  celCompare,
  CelError,
  isList,
  keyInMessage,
  MapValue,
  OptionalValue,
  typeName,
  type CelValue,
} from './values.ts';

type Macro = Extract<Node, { op: 'macro' }>;
type Evaluate = (node: Node, scope: Scope, budget: Budget) => CelValue;

/** One macro being evaluated. */
interface Loop {
  readonly node: Macro;
  readonly scope: Scope;
  readonly budget: Budget;
  readonly evaluate: Evaluate;
}

export function evaluateMacro(
  node: Macro,
  scope: Scope,
  budget: Budget,
  evaluate: Evaluate,
): CelValue {
  const loop: Loop = { node, scope, budget, evaluate };
  const range = evaluate(node.target, scope, budget);
  if (node.name === 'optMap' || node.name === 'optFlatMap') return mapOptional(loop, range);
  const rounds = roundsOf(range, node.variables);
  switch (node.name) {
    case 'all':
      return decide(loop, rounds, false);
    case 'exists':
      return decide(loop, rounds, true);
    case 'exists_one':
    case 'existsOne':
      return rounds.filter((it) => truth(run(loop, it, 0))).length === 1;
    case 'filter':
      return rounds.filter((it) => truth(run(loop, it, 0))).map((it) => it[0] ?? null);
    case 'map':
    case 'transformList':
      return passing(loop, rounds).map((it) => run(loop, it, node.args.length - 1));
    case 'transformMap':
    case 'transformMapEntry':
      return transformMap(loop, rounds);
    case 'sortBy':
      return sortBy(loop, rounds);
    default:
      throw new CelError(`no such overload: ${node.name}`);
  }
}

/** The values of the variables, round by round. */
function roundsOf(range: CelValue, variables: readonly string[]): CelValue[][] {
  const two = variables.length === 2;
  if (isList(range)) return range.map((it, i) => (two ? [BigInt(i), it] : [it]));
  if (range instanceof MapValue) {
    return range.keys().map((key) => (two ? [key, range.get(key) ?? null] : [key]));
  }
  const type = goTypeName(range);
  throw new CelError(
    two ? `unsupported comprehension range type: ${type}` : `got '${type}', expected iterable type`,
  );
}

const GO_TYPES: Readonly<Record<string, string>> = {
  bool: 'Bool',
  double: 'Double',
  int: 'Int',
  null_type: 'Null',
  string: 'String',
  uint: 'Uint',
};

/** The type as Go prints it. */
function goTypeName(value: CelValue): string {
  const name = typeName(value);
  const go = Object.hasOwn(GO_TYPES, name) ? GO_TYPES[name] : undefined;
  return go === undefined ? name : `types.${go}`;
}

function run(loop: Loop, round: readonly CelValue[], arg: number): CelValue {
  const { node, scope, budget, evaluate } = loop;
  const expression = node.args[arg];
  if (!expression) throw new CelError('no such overload');
  const inner: Scope = {
    lookup(name) {
      const i = node.variables.indexOf(name);
      return i < 0 ? scope.lookup(name) : round[i];
    },
  };
  return evaluate(expression, inner, budget);
}

function truth(value: CelValue): boolean {
  if (typeof value !== 'boolean') throw new CelError('no such overload');
  return value;
}

/** An error counts only where no round decides. */
function decide(loop: Loop, rounds: readonly CelValue[][], decides: boolean): boolean {
  let error: CelError | undefined;
  for (const round of rounds) {
    try {
      const value = run(loop, round, 0);
      if (value === decides) return decides;
      if (typeof value !== 'boolean') error ??= new CelError('no such overload');
    } catch (caught) {
      if (!(caught instanceof CelError) || loop.budget.left < 0) throw caught;
      error ??= caught;
    }
  }
  if (error) throw error;
  return !decides;
}

/** With two expressions the first one filters. */
function passing(loop: Loop, rounds: CelValue[][]): CelValue[][] {
  if (loop.node.args.length < 2) return rounds;
  return rounds.filter((it) => truth(run(loop, it, 0)));
}

function transformMap(loop: Loop, rounds: CelValue[][]): MapValue {
  const { node } = loop;
  const result = new MapValue();
  for (const round of passing(loop, rounds)) {
    const value = run(loop, round, node.args.length - 1);
    if (node.name === 'transformMap') {
      result.set(round[0] ?? null, value);
      continue;
    }
    if (!(value instanceof MapValue)) throw new CelError('no such overload');
    for (const key of value.keys()) {
      if (result.has(key)) {
        throw new CelError(`insert failed: key ${keyInMessage(key)} already exists`);
      }
      result.set(key, value.get(key) ?? null);
    }
  }
  return result;
}

function sortBy(loop: Loop, rounds: CelValue[][]): CelValue[] {
  const keyed = rounds.map((it) => ({ value: it[0] ?? null, key: run(loop, it, 0) }));
  return keyed.sort((a, b) => celCompare(a.key, b.key)).map((it) => it.value);
}

function mapOptional(loop: Loop, target: CelValue): CelValue {
  if (!(target instanceof OptionalValue)) throw new CelError('no such overload');
  if (target.value === undefined) return target;
  const result = run(loop, [target.value], 0);
  if (loop.node.name === 'optMap') return new OptionalValue(result);
  if (!(result instanceof OptionalValue)) throw new CelError('no such overload');
  return result;
}
