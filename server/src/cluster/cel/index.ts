export {
  compileCel,
  PER_CALL_LIMIT,
  RUNTIME_COST_BUDGET,
  type CelProgram,
  type CelResult,
} from './cel.ts';
export { AuthorizerValue } from './kubernetes-functions.ts';
export {
  CelError,
  Duration,
  fromJson,
  isList,
  MapValue,
  MessageValue,
  OptionalValue,
  Timestamp,
  toJson,
  typeName,
  TypeValue,
  Uint,
  type CelValue,
} from './values.ts';
