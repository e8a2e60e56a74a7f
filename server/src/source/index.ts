export { type LineColumn } from './line-index.ts';
export { SourceFile } from './source-file.ts';
export { containsOffset, type TextRange } from './text-range.ts';
export { uriName } from './uri-name.ts';
