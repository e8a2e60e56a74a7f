export { LineIndex, type LineColumn } from './line-index.ts';
export { SourceFile } from './source-file.ts';
export { compareRanges, containsOffset, coverRanges, type TextRange } from './text-range.ts';
