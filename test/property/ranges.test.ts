import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Workspace } from '../../server/src/features/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { readCases } from '../conformance/corpora.ts';

const URI = 'file:///case.yaml';
/** Every n-th recorded refusal: enough of each kind, and quick. */
const STEP = 4;

/** What is said about a text, with the text it is said of. */
function said(text: string) {
  const workspace = new Workspace((message) => {
    throw new Error(message);
  });
  workspace.applyChange([{ uri: URI, file: new SourceFile(URI, text) }]);
  return workspace.diagnostics(URI);
}

describe('what the API server refuses', () => {
  const refused = readCases(path.resolve('test/conformance/corpora/admission.jsonl.gz'))
    .filter((it) => it.expect.allowed === false)
    .filter((_, i) => i % STEP === 0)
    .map((it) => ({
      id: it.id,
      text: `${JSON.stringify((it as unknown as { object: object }).object, null, 2)}\n`,
    }));

  it('has enough cases', () => {
    expect(refused.length).toBeGreaterThan(300);
  });

  it('is shown at a place inside the text, for every cause', () => {
    const outside = refused.flatMap(({ id, text }) =>
      said(text)
        .filter(
          ({ range }) => range.start < 0 || range.end > text.length || range.end < range.start,
        )
        .map((it) => `${id} ${it.code}`),
    );
    expect(outside).toEqual([]);
  });

  it('is shown for texts cut off anywhere, without a place outside', () => {
    for (const { text } of refused.slice(0, 60)) {
      for (const cut of [0.2, 0.5, 0.9]) {
        const part = text.slice(0, Math.floor(text.length * cut));
        for (const { range } of said(part)) {
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeLessThanOrEqual(part.length);
        }
      }
    }
  });
});
