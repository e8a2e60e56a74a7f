import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveDocument, readDocuments, removeDocument } from '../../server/src/manifest/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { applied } from '../support/check-rule.ts';

const read = (text: string) =>
  readDocuments(new SourceFile('file:///a.yaml', text)).filter((it) => it.root);

const kinds = (text: string) => read(text).map((it) => it.manifests[0]?.kind);

function moved(text: string, from: number, to: number): string | undefined {
  const documents = read(text);
  const [document, before] = [documents[from], documents[to]];
  const edits = document && before && moveDocument(document, before);
  return edits && applied(text, edits);
}

function without(text: string, index: number): string | undefined {
  const document = read(text)[index];
  const edit = document && removeDocument(document);
  return edit && applied(text, [edit]);
}

const one = (kind: string, above = '') => `${above}apiVersion: v1\nkind: ${kind}\n`;

describe('moving a document', () => {
  it('puts it before another with the comments above it', () => {
    const text = `${one('A')}---\n${one('B')}---\n# needed first\n${one('C')}`;
    expect(moved(text, 2, 1)).toBe(`${one('A')}---\n# needed first\n${one('C')}---\n${one('B')}`);
  });

  it('leaves the head of the file where it is', () => {
    const text = `# licence\n\n${one('A', '# about a\n')}---\n${one('B').trimEnd()}`;
    expect(moved(text, 1, 0)).toBe(`# licence\n\n${one('B')}---\n${one('A', '# about a\n')}`);
  });

  it('is not offered where a mark carries more, or where it would go down', () => {
    expect(moved(`${one('A')}--- # b\n${one('B')}`, 1, 0)).toBeUndefined();
    expect(moved(`${one('A')}---\n${one('B')}...\n---\n${one('C')}`, 1, 0)).toBeUndefined();
    expect(moved(`${one('A')}---\n${one('B')}`, 0, 1)).toBeUndefined();
  });
});

describe('removing a document', () => {
  it('takes one of its marks along', () => {
    const [a, b] = [one('A', '# licence\n\n# a\n'), one('B')];
    expect(without(`${a}---\n${b}`, 0)).toBe(`# licence\n\n${b}`);
    expect(without(`${a}---\n${b}`, 1)).toBe(a);
    expect(without(`---\n${b}---\n${one('C')}`, 0)).toBe(`---\n${one('C')}`);
  });

  it('leaves no empty file behind', () => {
    expect(without(`---\n${one('A')}---\n`, 0)).toBeUndefined();
  });
});

const piece = fc.record({
  above: fc.constantFrom('', '\n', '# comment\n', '\n# one\n\n# two\n'),
  below: fc.constantFrom('', '\n', '# comment\n', 'data:\n  a: |\n    # text\n    ---x\n\n'),
});
const file = fc.record({
  pieces: fc.array(piece, { minLength: 2, maxLength: 4 }),
  head: fc.constantFrom('', '---\n', '# head\n---\n'),
  isOpen: fc.boolean(),
  newline: fc.constantFrom('\n', '\r\n'),
  from: fc.nat(3),
  to: fc.nat(3),
});

it('documents keep their meaning, their order and their comments in any layout', () => {
  fc.assert(
    fc.property(file, ({ pieces, head, isOpen, newline, from, to }) => {
      const texts = pieces.map(({ above, below }, i) => `${one(`K${i}`, above)}${below}`);
      const whole = (head + texts.join('---\n')).replaceAll('\n', newline);
      const text = isOpen ? whole.trimEnd() : whole;
      const objects = (it: string) => read(it).map((document) => document.manifests[0]?.object);
      const comments = (it: string) => [...it.matchAll(/# \w+/g)].map(String).toSorted();
      const expected = objects(text);
      expect(kinds(text)).toHaveLength(pieces.length);
      const index = from % pieces.length;
      const gone = without(text, index);
      expect(gone && objects(gone)).toEqual(expected.toSpliced(index, 1));
      if (to >= index) return;
      const after = moved(text, index, to);
      // The last line end would become part of the text.
      if (after === undefined && isOpen && index === pieces.length - 1) return;
      const [document] = expected.splice(index, 1);
      expect(after && objects(after)).toEqual(expected.toSpliced(to, 0, document));
      expect(after && comments(after)).toEqual(comments(text));
      expect(after?.replaceAll('\r\n', '').includes('\n')).toBe(newline === '\n');
    }),
    { numRuns: 200 },
  );
});
