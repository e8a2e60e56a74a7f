export { compileCel, RUNTIME_COST_BUDGET, type CelProgram, type CelResult } from './cel.ts';
export { AuthorizerValue } from './kubernetes-functions.ts';
export {
  CelError,
  fromJson,
  isList,
  MapValue,
  MessageValue,
  toJson,
  TypeValue,
  Uint,
  type CelValue,
} from './values.ts';
