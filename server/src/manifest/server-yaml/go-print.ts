/** Values as Go's `%#v` prints them, as far as YAML can make them. */

/** `"text"`, `1`, `map[interface {}]interface {}{"a":1}`. */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map((it) => goPrint(it)).join(', ')}}`;
  if (typeof value === 'object') {
    const members = Object.entries(value).map(([key, it]) => `${goPrint(key)}:${goPrint(it)}`);
    return `map[interface {}]interface {}{${members.join(', ')}}`;
  }
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : 'interface {}(nil)';
}
