/**
 * Evaluates a parsed expression.
 * Upstream: cel-go's interpreter (interpretable.go, attributes.go). The error texts are its own.
 */
import type { Budget, Scope } from './scope.ts';
import { callFunction, isNamespacedFunction } from './functions.ts';
import { evaluateMacro } from './macros.ts';
import { qualifiedName } from './parse.ts';
import type { Literal, Node } from './syntax.ts';
import {
  CelError,
  isList,
  keyInMessage,
  MapValue,
  MessageValue,
  numberOf,
  OptionalValue,
  typeName,
  TypeValue,
  Uint,
  type CelValue,
} from './values.ts';

const TYPE_NAMES: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
  'optional_type',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'net.IP',
  'net.CIDR',
]);

/** The value of a node; throws CelError. */
export function evaluate(node: Node, scope: Scope, budget: Budget): CelValue {
  budget.spend();
  switch (node.op) {
    case 'literal':
      return literalValue(node.value);
    case 'ident':
      return identValue(node.name, scope);
    case 'select':
      return select(node, scope, budget);
    case 'index':
      return index(node, scope, budget);
    case 'has':
      return hasField(evaluate(node.operand, scope, budget), node.field);
    case 'and':
      return shortCircuit(node.left, node.right, false, scope, budget);
    case 'or':
      return shortCircuit(node.left, node.right, true, scope, budget);
    case 'if': {
      const test = evaluate(node.test, scope, budget);
      if (typeof test !== 'boolean') throw new CelError('no such overload');
      return evaluate(test ? node.yes : node.no, scope, budget);
    }
    case 'list':
      return listValue(node, scope, budget);
    case 'map':
      return mapValue(node, scope, budget);
    case 'message':
      return messageValue(node, scope, budget);
    case 'macro':
      return evaluateMacro(node, scope, budget, evaluate);
    default:
      return call(node, scope, budget);
  }
}

function literalValue(value: Literal): CelValue {
  if (typeof value === 'object' && value !== null && 'uint' in value) return new Uint(value.uint);
  return value;
}

function identValue(name: string, scope: Scope): CelValue {
  const value = scope.lookup(name);
  if (value !== undefined) return value;
  if (TYPE_NAMES.has(name)) return new TypeValue(name);
  throw new CelError(`no such attribute(s): ${name}`);
}

type Select = Extract<Node, { op: 'select' }>;

function select(node: Select, scope: Scope, budget: Budget): CelValue {
  const name = qualifiedName(node);
  // A name with dots may be a variable of its own, as `authorizer.requestResource` is.
  const whole = name === undefined ? undefined : scope.lookup(name);
  if (whole !== undefined) return whole;
  if (name !== undefined && TYPE_NAMES.has(name)) return new TypeValue(name);
  const operand = evaluate(node.operand, scope, budget);
  if (operand instanceof OptionalValue) {
    return operand.value === undefined ? operand : optionalAt(operand.value, node.field);
  }
  if (node.optional) return optionalAt(operand, node.field);
  const found = at(operand, node.field);
  if (found === undefined) throw new CelError(`no such key: ${node.field}`);
  return found;
}

type Index = Extract<Node, { op: 'index' }>;

function index(node: Index, scope: Scope, budget: Budget): CelValue {
  const operand = evaluate(node.operand, scope, budget);
  const key = evaluate(node.index, scope, budget);
  if (operand instanceof OptionalValue) {
    return operand.value === undefined ? operand : optionalAt(operand.value, key);
  }
  if (node.optional) return optionalAt(operand, key);
  const found = at(operand, key);
  if (found !== undefined) return found;
  const [what, text] = isList(operand)
    ? ['index out of bounds', keyInMessage(key)]
    : ['no such key', keyInMessage(key)];
  throw new CelError(`${what}: ${text}`);
}

/** A member of a map, list or message; undefined where there is none. */
function at(operand: CelValue, key: CelValue): CelValue | undefined {
  if (operand instanceof MapValue) {
    const keyed =
      typeof key === 'string' || typeof key === 'boolean' || numberOf(key) !== undefined;
    if (!keyed) throw new CelError(`unsupported key type: ${typeName(key)}`);
    return operand.get(key);
  }
  if (isList(operand)) {
    const position = numberOf(key);
    if (position === undefined) {
      throw new CelError(`unsupported index type '${typeName(key)}' in list`);
    }
    if (typeof position === 'number' && !Number.isInteger(position)) {
      throw new CelError(`unsupported index value ${position} in list`);
    }
    return position < 0 ? undefined : operand[Number(position)];
  }
  if (operand instanceof MessageValue && typeof key === 'string') return operand.fields.get(key);
  // A scalar has no members; asking for one is no error of its own.
  return undefined;
}

function optionalAt(operand: CelValue, key: CelValue): OptionalValue {
  return new OptionalValue(at(operand, key));
}

function hasField(operand: CelValue, field: string): boolean {
  if (operand instanceof OptionalValue) {
    return operand.value !== undefined && hasField(operand.value, field);
  }
  if (operand instanceof MapValue) return operand.has(field);
  if (operand instanceof MessageValue) return operand.fields.has(field);
  if (isList(operand)) throw new CelError("unsupported index type 'string' in list");
  return false;
}

/** `&&` and `||`: the deciding side wins, even over an error of the other. */
function shortCircuit(
  left: Node,
  right: Node,
  decides: boolean,
  scope: Scope,
  budget: Budget,
): boolean {
  let error: CelError | undefined;
  for (const side of [left, right]) {
    try {
      const value = evaluate(side, scope, budget);
      if (value === decides) return decides;
      if (typeof value !== 'boolean') error ??= new CelError('no such overload');
    } catch (caught) {
      if (!(caught instanceof CelError) || budget.left < 0) throw caught;
      error ??= caught;
    }
  }
  if (error) throw error;
  return !decides;
}

function listValue(
  node: Extract<Node, { op: 'list' }>,
  scope: Scope,
  budget: Budget,
): readonly CelValue[] {
  const list: CelValue[] = [];
  for (const { value, optional } of node.elements) {
    const element = evaluate(value, scope, budget);
    if (!optional) list.push(element);
    else if (!(element instanceof OptionalValue)) {
      throw new CelError(
        `cannot initialize optional list element from non-optional value ${typeName(element)}`,
      );
    } else if (element.value !== undefined) list.push(element.value);
  }
  return list;
}

function mapValue(node: Extract<Node, { op: 'map' }>, scope: Scope, budget: Budget): MapValue {
  const map = new MapValue();
  for (const entry of node.entries) {
    const key = evaluate(entry.key, scope, budget);
    const value = unwrap(evaluate(entry.value, scope, budget), entry.optional, key);
    if (value === undefined) continue;
    // Of equal keys the last counts, as in cel-go; the specification has an error.
    map.set(key, value);
  }
  return map;
}

function messageValue(
  node: Extract<Node, { op: 'message' }>,
  scope: Scope,
  budget: Budget,
): CelValue {
  const fields = new Map<string, CelValue>();
  for (const { key, value, optional } of node.fields) {
    const it = unwrap(evaluate(value, scope, budget), optional, key);
    if (it !== undefined) fields.set(key, it);
  }
  const known = node.type === 'Object' || node.type.startsWith('Object.');
  if (!known && node.type !== 'JSONPatch') throw new CelError(`unknown type: '${node.type}'`);
  return new MessageValue(node.type, fields);
}

function unwrap(value: CelValue, optional: boolean, key: CelValue): CelValue | undefined {
  if (!optional) return value;
  if (value instanceof OptionalValue) return value.value;
  throw new CelError(
    `cannot initialize optional entry '${keyInMessage(key)}' from non-optional value ` +
      typeName(value),
  );
}

function call(node: Extract<Node, { op: 'call' }>, scope: Scope, budget: Budget): CelValue {
  const { target, name } = node;
  if (name === '!_') {
    const [value] = node.args.map((it) => evaluate(it, scope, budget));
    if (typeof value !== 'boolean') throw new CelError('no such overload');
    return !value;
  }
  if (target) {
    const qualifier = qualifiedName(target);
    const qualified = qualifier === undefined ? undefined : `${qualifier}.${name}`;
    if (qualified !== undefined && isNamespacedFunction(qualified)) {
      const root = qualified.slice(0, qualified.indexOf('.'));
      if (scope.lookup(root) === undefined) {
        const args = node.args.map((it) => evaluate(it, scope, budget));
        return callFunction(qualified, undefined, args, budget);
      }
    }
    return memberCall(target, node, scope, budget);
  }
  const args = node.args.map((it) => evaluate(it, scope, budget));
  return callFunction(name, undefined, args, budget);
}

/** `or` and `orValue` look at their argument only where the receiver is empty. */
function memberCall(
  target: Node,
  node: Extract<Node, { op: 'call' }>,
  scope: Scope,
  budget: Budget,
): CelValue {
  const receiver = evaluate(target, scope, budget);
  const [first] = node.args;
  if (receiver instanceof OptionalValue && first && node.args.length === 1) {
    if (node.name === 'orValue') return receiver.value ?? evaluate(first, scope, budget);
    if (node.name === 'or') {
      return receiver.value === undefined ? evaluate(first, scope, budget) : receiver;
    }
  }
  const args = node.args.map((it) => evaluate(it, scope, budget));
  return callFunction(node.name, receiver, args, budget);
}
