// LSP positions to the engine's offsets. Places outside the text are clamped to it.
import type { Position, Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { SourceFile, type TextRange } from '../source/index.ts';

export function toOffset(document: TextDocument, position: Position): number {
  return document.offsetAt(position);
}

export function toTextRange(document: TextDocument, range: Range): TextRange {
  const start = document.offsetAt(range.start);
  return { start, end: Math.max(start, document.offsetAt(range.end)) };
}

export function toSourceFile(document: TextDocument): SourceFile {
  return new SourceFile(document.uri, document.getText(), document.version);
}
