/**
 * CEL as the API server runs it in admission policies: compile an expression, evaluate it.
 * Upstream: cel-go, with the environment of apiserver's pkg/cel/environment/base.go for 1.36.
 * Left out: the static type check (the server refuses such policies when they are created), the
 * exact cost of each call, named time zones.
 */
import { evaluate } from './evaluate.ts';
import { isFunction, isNamespacedFunction } from './functions.ts';
import { parseCel, qualifiedName } from './parse.ts';
import { Budget } from './scope.ts';
import { CelSyntaxError, type Node } from './syntax.ts';
import { CelError, type CelValue } from './values.ts';

/** What one expression may cost (apiserver's PerCallLimit). */
export const PER_CALL_LIMIT = 1_000_000;
/** What all expressions of a policy may cost together (RuntimeCELCostBudget). */
export const RUNTIME_COST_BUDGET = 10_000_000;

const CACHE_SIZE = 500;
const programs = new Map<string, CelProgram>();

/** An expression ready to run; `error` says why it cannot. */
export interface CelProgram {
  readonly expression: string;
  readonly error?: string;
  /** The names outside the expression that it uses: `object`, `params`. */
  readonly uses: ReadonlySet<string>;
  /** Throws CelError; `cost` tells what was spent in either case. */
  run(names: (name: string) => CelValue | undefined): CelResult;
}

/** A value, or the server's words for why there is none. */
export type CelResult =
  | { readonly value: CelValue; readonly cost: number }
  | { readonly error: string; readonly cost: number };

/** Compiles an expression; the same one is compiled once. */
export function compileCel(expression: string): CelProgram {
  const cached = programs.get(expression);
  if (cached) return cached;
  const program = compile(expression);
  if (programs.size >= CACHE_SIZE) programs.clear();
  programs.set(expression, program);
  return program;
}

function compile(expression: string): CelProgram {
  try {
    const node = parseCel(expression);
    const found = new Set<string>();
    const unknown = inspect(node, new Set(), found);
    if (!unknown) return { expression, uses: found, run: (names) => run(node, names) };
    const text = `undeclared reference to '${unknown.name}' (in container '')`;
    return broken(expression, `ERROR: <input>:1:${unknown.at + 1}: ${text}`);
  } catch (error) {
    if (error instanceof CelSyntaxError) {
      return broken(expression, `ERROR: <input>:1:${error.at + 1}: ${error.message}`);
    }
    // Too deep for the stack.
    if (error instanceof RangeError) {
      return broken(expression, 'ERROR: <input>:1:1: expression recursion limit exceeded');
    }
    throw error;
  }
}

function broken(expression: string, why: string): CelProgram {
  const error = `compilation failed: ${why}`;
  return { expression, error, uses: new Set(), run: () => ({ error, cost: 0 }) };
}

function run(node: Node, names: (name: string) => CelValue | undefined): CelResult {
  const budget = new Budget(PER_CALL_LIMIT);
  const spent = (): number => PER_CALL_LIMIT - Math.max(0, budget.left);
  try {
    return { value: evaluate(node, { lookup: names }, budget), cost: spent() };
  } catch (error) {
    if (error instanceof CelError) return { error: error.message, cost: spent() };
    // A deep enough expression or value overflows the stack; nothing of ours is broken then.
    if (error instanceof RangeError) {
      return { error: 'operation cancelled: actual cost limit exceeded', cost: PER_CALL_LIMIT };
    }
    throw error;
  }
}

interface Unknown {
  readonly name: string;
  readonly at: number;
}

/** Collects the free names; the first function that does not exist. */
function inspect(node: Node, bound: ReadonlySet<string>, found: Set<string>): Unknown | undefined {
  switch (node.op) {
    case 'literal':
      return undefined;
    case 'ident':
      if (!bound.has(node.name)) found.add(node.name);
      return undefined;
    case 'select':
    case 'has':
      return inspect(node.operand, bound, found);
    case 'macro': {
      const inner = new Set([...bound, ...node.variables]);
      return inspect(node.target, bound, found) ?? first(node.args, inner, found);
    }
    case 'call':
      return inspectCall(node, bound, found);
    default:
      return first(childrenOf(node), bound, found);
  }
}

function inspectCall(
  node: Extract<Node, { op: 'call' }>,
  bound: ReadonlySet<string>,
  found: Set<string>,
): Unknown | undefined {
  const { target, name, args, at } = node;
  const qualifier = target && qualifiedName(target);
  const namespaced = qualifier !== undefined && isNamespacedFunction(`${qualifier}.${name}`);
  const known =
    name === '!_' || name === 'or' || name === 'orValue' || isFunction(name, target !== undefined);
  if (!known && !namespaced) return { name, at };
  const inTarget = target && !namespaced ? inspect(target, bound, found) : undefined;
  return inTarget ?? first(args, bound, found);
}

function first(
  nodes: readonly Node[],
  bound: ReadonlySet<string>,
  found: Set<string>,
): Unknown | undefined {
  for (const it of nodes) {
    const unknown = inspect(it, bound, found);
    if (unknown) return unknown;
  }
  return undefined;
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.op) {
    case 'index':
      return [node.operand, node.index];
    case 'and':
    case 'or':
      return [node.left, node.right];
    case 'if':
      return [node.test, node.yes, node.no];
    case 'list':
      return node.elements.map((it) => it.value);
    case 'map':
      return node.entries.flatMap((it) => [it.key, it.value]);
    case 'message':
      return node.fields.map((it) => it.value);
    default:
      return [];
  }
}
