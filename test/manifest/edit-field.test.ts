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

  it('quotes what YAML 1.1 would read as something else', () => {
    expect(after(`${HEAD}spec:\n  a: 1\n`, ['spec', 'a'], 'on')).toContain('a: "on"');
    expect(after(`${HEAD}spec:\n  a: 1\n`, ['spec', 'a'], '100m')).toContain('a: 100m');
  });
});
