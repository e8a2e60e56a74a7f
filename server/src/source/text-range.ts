/** A half-open range of offsets (UTF-16 code units) in one text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Whether the offset lies in the range; a cursor right behind the last character counts. */
export function containsOffset(range: TextRange, offset: number): boolean {
  return range.start <= offset && offset <= range.end;
}
