/** Plain values as YAML in the order the API server prints them. */

/** Keys that come first in every object. */
const FIRST = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'spec', 'status'];

/** A value as block YAML, ended by a newline. */
export function toYaml(value: unknown): string {
  return `${block(value, 0).replace(/^\n/, '')}\n`;
}

/** A value on one line, for people; integers past 2^53 too. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value, (_, it: unknown) =>
    typeof it === 'bigint' ? String(it) : it,
  );
  return text ?? 'nothing';
}

function block(value: unknown, depth: number): string {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    const items = value.map((it) => {
      const text = block(it, depth + 1);
      return text.startsWith('\n')
        ? `\n${indent}- ${text.slice(1 + indent.length + 2)}`
        : `\n${indent}-${text}`;
    });
    return items.join('');
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, it]) => it !== undefined);
    if (entries.length === 0) return ' {}';
    return entries
      .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map(([key, it]) => `\n${indent}${scalar(key)}:${block(it, depth + 1)}`)
      .join('');
  }
  return ` ${scalar(value)}`;
}

function rank(key: string): number {
  const at = FIRST.indexOf(key);
  return at === -1 ? FIRST.length : at;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const plain =
    /^[A-Za-z_/.][\w./@-]*$/.test(value) &&
    !/^(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan)$/i.test(value);
  return plain || /^\d+[A-Za-z]+$/.test(value) ? value : JSON.stringify(value);
}
