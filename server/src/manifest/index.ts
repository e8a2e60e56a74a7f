export {
  each,
  field,
  fieldAt,
  formatPath,
  keyOf,
  parsePath,
  toFieldRef,
  valueAt,
  type Citable,
  type FieldCursor,
  type FieldPath,
  type FieldRef,
} from './field.ts';
export { scaledValue, type IntOrString } from './int-or-string.ts';
export type * from './kubernetes.ts';
export {
  labelsMatch,
  requirementMatches,
  selectorMatches,
  type Labels,
  type LabelSelector,
  type LabelSelectorRequirement,
} from './label-selector.ts';
export type { Problem } from './problem.ts';
export {
  compareQuantities,
  formatQuantity,
  milliUnitsOf,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  unitsOf,
  type Quantity,
  type QuantityFormat,
} from './quantity.ts';
