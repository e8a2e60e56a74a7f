/** Values as Go's `%#v` prints them, as far as YAML can make them. */

const MAX_INT64 = 2n ** 63n - 1n;

/** `"text"`, `1`, `map[interface {}]interface {}{"a":1}`. */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map((it) => goPrint(it)).join(', ')}}`;
  if (typeof value === 'object') {
    const members = Object.entries(value).map(([key, it]) => `${goPrint(key)}:${goPrint(it)}`);
    return `map[interface {}]interface {}{${members.join(', ')}}`;
  }
  if (isUint64(value)) return `0x${value.toString(16)}`;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : 'interface {}(nil)';
}

/** A value that is printed by itself, where nothing has no type. */
export function goPrintAlone(value: unknown): string {
  return value === null || value === undefined ? '<nil>' : goPrint(value);
}

/** A number too large for a signed type of Go. */
export function isUint64(value: unknown): value is bigint {
  return typeof value === 'bigint' && value > MAX_INT64;
}
