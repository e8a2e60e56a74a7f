/** Values as YAML text: on one line, or as a block. */

/** Anything JSON can say. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Text that is written as it stands elsewhere, its comments and quotes included. */
export class Verbatim {
  /** One line, or the lines of a block without the indentation they share. */
  readonly lines: readonly string[];
  readonly isBlock: boolean;

  constructor(lines: readonly string[], isBlock: boolean) {
    this.lines = lines;
    this.isBlock = isBlock;
  }
}

/** A value that may have verbatim text as the values of its fields. */
export type Writable = Json | Verbatim | { readonly [key: string]: Json | Verbatim };

/** What stands behind `key:`: a scalar on the line, or a block below it. */
export function blockValue(value: Writable, column: number): string {
  const isInline = value instanceof Verbatim ? !value.isBlock : isEmptyOrScalar(value);
  return isInline ? ` ${toFlow(value)}` : `\n${blockLines(value, column)}`;
}

export function blockLines(value: Writable, column: number): string {
  const indent = ' '.repeat(column);
  if (value instanceof Verbatim) {
    return value.lines.map((it) => (it.trim() === '' ? it : `${indent}${it}`)).join('\n');
  }
  if (isEmptyOrScalar(value)) return `${indent}${toFlow(value)}`;
  if (Array.isArray(value)) {
    return value
      .map((it: Json) => `${indent}- ${blockLines(it, column + 2).trimStart()}`)
      .join('\n');
  }
  return Object.entries(value as Record<string, Json | Verbatim>)
    .map(([key, it]) => `${indent}${toFlow(key)}:${blockValue(it, column + 2)}`)
    .join('\n');
}

/** A value on one line. */
export function toFlow(value: Writable): string {
  if (value instanceof Verbatim) return value.lines.join(' ');
  if (Array.isArray(value)) return `[${value.map((it: Json) => toFlow(it)).join(', ')}]`;
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([key, it]) => `${toFlow(key)}: ${toFlow(it)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return typeof value === 'string' ? toScalar(value) : String(value);
}

export function isObject(
  value: Writable,
): value is readonly Json[] | { readonly [key: string]: Json | Verbatim } {
  return value !== null && typeof value === 'object';
}

function isEmptyOrScalar(value: Writable): boolean {
  return !isObject(value) || Object.keys(value).length === 0;
}

/** Quotes only what YAML 1.1 would read as something else. */
function toScalar(text: string): string {
  const safe =
    /^[A-Za-z_/.][\w./@-]*(?: [\w./@-]+)*$/.test(text) &&
    !/^(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan)$/i.test(text);
  return safe || /^[0-9][0-9a-zA-Z]*[a-zA-Z]%?$/.test(text) ? text : JSON.stringify(text);
}
