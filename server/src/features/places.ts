/** From a cited field to a place in a file, as views and editors have it. */
import { locate, type Citable } from '../manifest/index.ts';
import type { Place, Range } from '../protocol/index.ts';
import type { SourceFile, TextRange } from '../source/index.ts';

/** The place of a field, or of its nearest written ancestor; null for what nobody wrote. */
export function placeOf(at: Citable | undefined): Place | null {
  const found = at && locate(at);
  return found ? placeIn(found.file, found.range) : null;
}

export function placeIn(file: SourceFile, range: TextRange): Place {
  return { uri: file.uri, range: rangeIn(file, range) };
}

/** Lines and UTF-16 columns of a range of offsets. */
export function rangeIn(file: SourceFile, { start, end }: TextRange): Range {
  const from = file.lines.at(start);
  const to = file.lines.at(end);
  return {
    start: { line: from.line, character: from.column },
    end: { line: to.line, character: to.column },
  };
}
