/** A half-open range of offsets (UTF-16 code units) in one text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Whether the offset lies in the range; a cursor right behind the last character counts. */
export function containsOffset(range: TextRange, offset: number): boolean {
  return range.start <= offset && offset <= range.end;
}

/** The smallest range that holds both. */
export function coverRanges(a: TextRange, b: TextRange): TextRange {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

/** Orders by start, then by end. */
export function compareRanges(a: TextRange, b: TextRange): number {
  return a.start - b.start || a.end - b.end;
}
