export { decodeObject, jsonKind, type Decoded, type DecodeFault } from './decode.ts';
export { encodeObject } from './encode.ts';
export type { TextEdit } from './document-text.ts';
export { moveDocument, removeDocument } from './edit-documents.ts';
export { removeField, setField } from './edit-field.ts';
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
export { mapContainers } from './map-containers.ts';
export {
  labelsMatch,
  requirementMatches,
  selectorMatches,
  type Labels,
  type LabelSelector,
  type LabelSelectorRequirement,
} from './label-selector.ts';
export { LIMITS } from './limits.ts';
export { moveNode, TextOf, type NodeMove } from './move-node.ts';
export { isWritten, locate, locateInDocument, type Location } from './locate.ts';
export {
  OWN_SETTINGS,
  readDocuments,
  type Manifest,
  type ManifestDocument,
} from './manifest-document.ts';
export {
  documentPath,
  originFromTemplate,
  originLike,
  originOf,
  withOrigin,
  type Origin,
} from './origin.ts';
export { ParseCache } from './parse-documents.ts';
export type { Problem } from './problem.ts';
export {
  compareQuantities,
  formatQuantity,
  milliUnitsOf,
  parseQuantity,
  quantityFault,
  quantityMilliValue,
  quantityValue,
  storedQuantity,
  unitsOf,
  type Quantity,
  type QuantityFormat,
} from './quantity.ts';
export { readServerYaml, type YamlReading } from './server-yaml/index.ts';
export {
  describedField,
  STRUCTURE,
  typeOfKind,
  type DescribedField,
  type FieldFormat,
  type FieldStructure,
  type TypeStructure,
} from './structure.ts';
export {
  entryOf,
  keyText,
  pathAt,
  toPlain,
  type ListNode,
  type MapEntry,
  type MapNode,
  type ScalarNode,
  type ScalarValue,
  type TreeNode,
} from './tree.ts';
export type { Json } from './write-yaml.ts';
