import { describe, expect, it } from 'vitest';
import {
  readDocuments,
  removeField,
  setField,
  type FieldPath,
  type Json,
} from '../../server/src/manifest/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';

/** The text after the edit. */
function after(text: string, path: FieldPath, value: Json | undefined): string | undefined {
  const [document] = readDocuments(new SourceFile('file:///a.yaml', text));
  if (!document) return undefined;
  const edit = value === undefined ? removeField(document, path) : setField(document, path, value);
  if (!edit) return undefined;
  return text.slice(0, edit.range.start) + edit.newText + text.slice(edit.range.end);
}

const HEAD = 'apiVersion: v1\nkind: Pod\n';

describe('writing a field', () => {
  it('replaces a scalar and leaves its comment', () => {
    expect(after(`${HEAD}spec:\n  a: 10 # why\n`, ['spec', 'a'], 60)).toBe(
      `${HEAD}spec:\n  a: 60 # why\n`,
    );
  });

  it('adds a key behind the last one of its map, in front of comments of the next', () => {
    const text = `${HEAD}spec:\n  a: 1 # one\n\n# about status\nstatus: {}\n`;
    expect(after(text, ['spec', 'b'], 2)).toBe(
      `${HEAD}spec:\n  a: 1 # one\n  b: 2\n\n# about status\nstatus: {}\n`,
    );
  });

  it('makes the parents that are missing', () => {
    const text = `${HEAD}spec:\n  containers:\n    - name: app\n      image: nginx\n`;
    const path = ['spec', 'containers', 0, 'lifecycle', 'preStop'];
    expect(after(text, path, { sleep: { seconds: 15 } })).toBe(
      `${text.trimEnd()}\n      lifecycle:\n        preStop:\n          sleep:\n            seconds: 15\n`,
    );
  });

  it('writes into flow maps as flow', () => {
    const text = `${HEAD}spec: { a: 1 }\n`;
    expect(after(text, ['spec', 'b'], { c: 'x' })).toBe(`${HEAD}spec: { b: { c: x }, a: 1 }\n`);
  });

  it('fills a key that has no value yet', () => {
    expect(after(`${HEAD}spec:\n  b:\n  a: 1\n`, ['spec', 'b'], 5)).toBe(
      `${HEAD}spec:\n  b: 5\n  a: 1\n`,
    );
  });

  it('adds an item to a list', () => {
    const text = `${HEAD}spec:\n  list:\n  - name: a\n    x: 1\n`;
    expect(after(text, ['spec', 'list', 1], { name: 'b', x: 2 })).toBe(
      `${text.trimEnd()}\n  - name: b\n    x: 2\n`,
    );
  });

  it('counts offsets from the file in a later document', () => {
    const text = `${HEAD}---\n${HEAD}spec:\n  a: 1\n`;
    const [, document] = readDocuments(new SourceFile('file:///a.yaml', text));
    const edit = document && setField(document, ['spec', 'a'], 2);
    expect(edit && text.slice(edit.range.start, edit.range.end)).toBe('1');
  });

  it('takes an entry away with its lines', () => {
    const text = `${HEAD}spec:\n  a: 1\n  b:\n    c: 2\n  d: 3\n`;
    expect(after(text, ['spec', 'b'], undefined)).toBe(`${HEAD}spec:\n  a: 1\n  d: 3\n`);
  });

  it('takes an entry or item out of flow, and leaves what is empty as such', () => {
    const text = `${HEAD}spec: { a: { b: 1 }, c: 2, d: [1, 2] } # why\n`;
    expect(after(text, ['spec', 'a', 'b'], undefined)).toContain(
      '{ a: {}, c: 2, d: [1, 2] } # why',
    );
    expect(after(text, ['spec', 'a'], undefined)).toContain('{ c: 2, d: [1, 2] }');
    expect(after(text, ['spec', 'c'], undefined)).toContain('{ a: { b: 1 }, d: [1, 2] }');
    expect(after(text, ['spec', 'd', 1], undefined)).toContain('c: 2, d: [1] }');
    const block = `${HEAD}spec:\n  v:\n    - name: a\n      emptyDir:\n        medium: x # m\n`;
    const path = ['spec', 'v', 0];
    expect(after(block, [...path, 'emptyDir', 'medium'], undefined)).toContain(
      'emptyDir: {} # m\n',
    );
    expect(after(block, [...path, 'name'], undefined)).toContain('    - emptyDir:\n');
    expect(after(block, path, undefined)).toBe(`${HEAD}spec:\n  v: [] # m\n`);
  });

  it('leaves what looks like a comment within a block scalar alone', () => {
    const text = `${HEAD}spec:\n  a: |\n    run\n    # done\n\nstatus: {}\n`;
    expect(after(text, ['spec', 'b'], 1)).toBe(
      `${HEAD}spec:\n  a: |\n    run\n    # done\n  b: 1\n\nstatus: {}\n`,
    );
    expect(after(text, ['spec', 'a'], 'x')).toBe(`${HEAD}spec:\n  a: x\n\nstatus: {}\n`);
  });

  it('does not write where an anchor makes it a change of several places', () => {
    const text = `${HEAD}a: &x { b: 1 }\nspec:\n  c: 1\n  d: *x\nlist:\n  - <<: *x\n    e: 1\n`;
    expect(after(text, ['a', 'b'], 2)).toBeUndefined();
    expect(after(text, ['spec', 'd', 'b'], 2)).toBeUndefined();
    expect(after(text, ['list', 0, 'b'], 2)).toBeUndefined();
    expect(after(text, ['spec', 'f'], 2)).toContain('  c: 1\n  f: 2\n  d: *x\n');
    expect(after(text, ['list', 0, 'e'], 2)).toContain('    e: 2\n');
  });

  it('writes the line ends that the file has', () => {
    const text = `${HEAD}spec:\n  a: 1\n`.replaceAll('\n', '\r\n');
    expect(after(text, ['spec', 'b'], { c: 1 })).toBe(`${text}  b:\r\n    c: 1\r\n`);
  });

  it('quotes what YAML 1.1 would read as something else', () => {
    expect(after(`${HEAD}spec:\n  a: 1\n`, ['spec', 'a'], 'on')).toContain('a: "on"');
    expect(after(`${HEAD}spec:\n  a: 1\n`, ['spec', 'a'], '100m')).toContain('a: 100m');
  });
});
