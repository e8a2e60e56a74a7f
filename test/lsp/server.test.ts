import { describe, expect, it } from 'vitest';
import {
  LSPErrorCodes,
  type CodeAction,
  type CodeLens,
  type DocumentSymbol,
  type Hover,
  type InlayHint,
} from 'vscode-languageserver/node';
import type { FileDiagnostic } from '../../server/src/lsp/language-features.ts';
import { LspSession } from '../support/lsp-session.ts';

const URI = 'file:///shop/web.yaml';
const POD = 'kind: Pod\nmetadata:\n  name: web\n';

/** A diagnostic under the first such word of the text. */
function under(text: string, word: string, more: Partial<FileDiagnostic> = {}): FileDiagnostic {
  const start = text.indexOf(word);
  const range = { start, end: start + word.length };
  return { range, severity: 'error', code: 'a-rule', message: `${word} is wrong`, ...more };
}

describe('documents', () => {
  it('an edit arrives as a change of the text and is answered with new diagnostics', async () => {
    const seen: (string | undefined)[] = [];
    await using session = await LspSession.start({
      features: {
        applyChange: (changes) => seen.push(...changes.map((it) => it.file?.text)),
        diagnostics: () => [under(seen.at(-1) ?? '', 'name')],
      },
    });
    await session.open(URI, POD);
    const [first] = await session.diagnostics(URI, 1);
    expect(first).toMatchObject({ code: 'a-rule', source: 'podsage', severity: 1 });
    expect(first?.range).toEqual({
      start: { line: 2, character: 2 },
      end: { line: 2, character: 6 },
    });

    const at = { line: 0, character: 0 };
    await session.edit(URI, 2, { start: at, end: at, text: '# a pod\n' });
    const [second] = await session.diagnostics(URI, 2);
    expect(second?.range.start).toEqual({ line: 3, character: 2 });
    expect(seen).toEqual([POD, `# a pod\n${POD}`]);
  });

  it('ten edits in one breath are one round of diagnostics', async () => {
    let rounds = 0;
    await using session = await LspSession.start({
      features: {
        diagnostics: () => {
          rounds += 1;
          return [];
        },
      },
    });
    await session.open(URI, POD);
    const at = { line: 0, character: 0 };
    for (let version = 2; version <= 11; version += 1) {
      await session.edit(URI, version, { start: at, end: at, text: '#\n' });
    }
    await session.diagnostics(URI, 11);
    expect(rounds).toBe(1);
  });

  it('columns are UTF-16 code units, and CRLF ends a line', async () => {
    const text = 'a: "😀" # name\r\nb: name\r\n';
    await using session = await LspSession.start({
      features: {
        diagnostics: () => [
          under(text, 'name'),
          { ...under(text, 'b: name'), range: { start: text.indexOf('b:'), end: text.length } },
        ],
      },
    });
    await session.open(URI, text);
    const found = await session.diagnostics(URI);
    expect(found.map((it) => it.range)).toEqual([
      { start: { line: 0, character: 10 }, end: { line: 0, character: 14 } },
      { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } },
    ]);
  });

  it('a closed document has its diagnostics taken back and its file read again', async () => {
    const seen: (string | undefined)[] = [];
    await using session = await LspSession.start({
      features: {
        applyChange: (changes) => seen.push(...changes.map((it) => it.file?.text)),
        diagnostics: () => [under(POD, 'name')],
      },
    });
    await session.files([{ uri: URI, text: 'kind: Pod # on disk' }], true);
    await session.open(URI, POD);
    await session.diagnostics(URI);
    await session.close(URI);
    await session.until(() => session.published.at(-1)?.diagnostics.length === 0);
    await session.until(() => seen.length === 2);
    expect(seen).toEqual([POD, 'kind: Pod # on disk']);
  });
});

describe('workspace files', () => {
  it('a file that the client no longer names is gone', async () => {
    const seen: Record<string, string | undefined> = {};
    await using session = await LspSession.start({
      features: {
        applyChange: (changes) => {
          for (const { uri, file } of changes) seen[uri] = file?.text;
        },
      },
    });
    await session.files([{ uri: 'file:///a.yaml', text: 'a' }], true);
    await session.until(() => 'file:///a.yaml' in seen);
    await session.files([{ uri: 'file:///b.yaml', text: 'b' }], true);
    await session.until(() => 'file:///b.yaml' in seen);
    expect(seen).toEqual({ 'file:///a.yaml': undefined, 'file:///b.yaml': 'b' });
  });

  it('a related place in a file that is not open has its own lines', async () => {
    const nodes = 'kind: Node\nspec:\n  taints: []\n';
    const start = nodes.indexOf('taints');
    const related = [
      { uri: 'file:///nodes.yaml', range: { start, end: start + 6 }, message: 'the taint' },
      { uri: 'file:///unknown.yaml', range: { start, end: start + 6 }, message: 'nowhere' },
    ];
    await using session = await LspSession.start({
      features: { diagnostics: () => [under(POD, 'name', { related })] },
    });
    await session.files([{ uri: 'file:///nodes.yaml', text: nodes }]);
    await session.open(URI, POD);
    const [found] = await session.diagnostics(URI);
    expect(found?.relatedInformation).toEqual([
      {
        message: 'the taint',
        location: {
          uri: 'file:///nodes.yaml',
          range: { start: { line: 2, character: 2 }, end: { line: 2, character: 8 } },
        },
      },
    ]);
  });

  it('a change tells the client that predictions are out of date, and the status comes back to healthy', async () => {
    await using session = await LspSession.start({ features: { note: () => 'default cluster' } });
    await session.files([{ uri: 'file:///a.yaml', text: POD }]);
    await session.until(() => session.statuses.at(-1)?.state === 'healthy');
    expect(session.predictionChanges).toBeGreaterThan(0);
    expect(session.statuses.at(0)).toEqual({ state: 'busy' });
    expect(session.statuses.at(-1)).toEqual({ state: 'healthy', note: 'default cluster' });
  });
});

describe('answers', () => {
  it('every feature comes with positions of the document asked about', async () => {
    const start = POD.indexOf('name');
    const range = { start, end: start + 4 };
    const fixes = under(POD, 'name');
    await using session = await LspSession.start({
      features: {
        hover: () => ({ range, markdown: 'the name' }),
        lenses: (uri) => [
          { range, title: 'Explain', command: 'podsage.explainPod', target: { uri, subject: 'x' } },
        ],
        hints: () => [{ offset: range.end, label: ': default' }],
        actions: (uri) => [
          { title: 'Mend', kind: 'quickfix', edits: [{ uri, range, newText: 'n' }], fixes },
          {
            title: 'Lost',
            kind: 'quickfix',
            edits: [{ uri: 'file:///no', range, newText: '' }],
          },
        ],
        symbols: () => [{ name: 'web', kind: 'object', range, selection: range }],
      },
    });
    await session.open(URI, POD);
    const place = { start: { line: 2, character: 2 }, end: { line: 2, character: 6 } };
    const hover = await session.ask<Hover>('textDocument/hover', URI, { position: place.start });
    expect(hover).toEqual({ contents: { kind: 'markdown', value: 'the name' }, range: place });
    const [lens] = await session.ask<CodeLens[]>('textDocument/codeLens', URI);
    expect(lens?.range).toEqual(place);
    expect(lens?.command?.arguments).toEqual([{ uri: URI, subject: 'x' }]);
    const [hint] = await session.ask<InlayHint[]>('textDocument/inlayHint', URI, { range: place });
    expect(hint).toMatchObject({ position: place.end, label: ': default' });
    const context = { diagnostics: [] };
    const actions = await session.ask<CodeAction[]>('textDocument/codeAction', URI, {
      range: place,
      context,
    });
    expect(actions.map((it) => it.title)).toEqual(['Mend']);
    expect(actions[0]?.edit?.changes?.[URI]).toEqual([{ range: place, newText: 'n' }]);
    const [symbol] = await session.ask<DocumentSymbol[]>('textDocument/documentSymbol', URI);
    expect(symbol).toMatchObject({ name: 'web', selectionRange: place });
  });

  it('the text an answer is about is the one after all edits sent before', async () => {
    let text = '';
    await using session = await LspSession.start({
      features: {
        applyChange: (changes) => {
          text = changes[0]?.file?.text ?? '';
        },
        hover: () => ({ range: { start: 0, end: 1 }, markdown: text }),
      },
    });
    await session.open(URI, POD);
    const at = { line: 0, character: 0 };
    await session.edit(URI, 2, { start: at, end: at, text: '# new\n' });
    const hover = await session.ask<Hover>('textDocument/hover', URI, { position: at });
    expect(hover.contents).toMatchObject({ value: `# new\n${POD}` });
  });

  it('an answer for a text that has changed meanwhile is dropped', async () => {
    let resolve: (json: string) => void = () => {};
    const descriptions = new Promise<string>((it) => (resolve = it));
    await using session = await LspSession.start({ descriptions: () => descriptions });
    await session.open(URI, POD);
    const at = { line: 0, character: 0 };
    const hover = session.ask<Hover>('textDocument/hover', URI, { position: at });
    await session.edit(URI, 2, { start: at, end: at, text: '# new\n' });
    await session.diagnostics(URI, 2);
    resolve('{}');
    await expect(hover).rejects.toMatchObject({ code: LSPErrorCodes.ContentModified });
  });

  it('an engine that is slow is asked about the last of many edits, not about each', async () => {
    let asked = 0;
    const busy = () => {
      asked += 1;
      for (const end = Date.now() + 100; Date.now() < end;);
      return [];
    };
    await using session = await LspSession.start({ features: { symbols: busy } });
    await session.open(URI, POD);
    await session.ask('textDocument/documentSymbol', URI);
    const at = { line: 0, character: 0 };
    const answers: Promise<unknown>[] = [];
    for (let version = 2; version <= 12; version += 1) {
      await session.edit(URI, version, { start: at, end: at, text: '#' });
      answers.push(session.ask('textDocument/documentSymbol', URI));
    }
    const settled = await Promise.allSettled(answers);
    expect(settled.at(-1)?.status).toBe('fulfilled');
    expect(asked).toBeLessThanOrEqual(3);
  });

  it('a document that is not open has no answers', async () => {
    await using session = await LspSession.start();
    expect(await session.ask('textDocument/codeLens', 'file:///no.yaml')).toEqual([]);
  });

  it('descriptions are read at the first hover and not again', async () => {
    let reads = 0;
    const given: string[] = [];
    await using session = await LspSession.start({
      features: { useDescriptions: (json) => given.push(json) },
      descriptions: () => {
        reads += 1;
        return Promise.resolve('{"a":"b"}');
      },
    });
    await session.open(URI, POD);
    await session.diagnostics(URI);
    expect(reads).toBe(0);
    const position = { line: 0, character: 0 };
    await session.ask('textDocument/hover', URI, { position });
    await session.ask('textDocument/hover', URI, { position });
    expect(reads).toBe(1);
    expect(given).toEqual(['{"a":"b"}']);
  });
});

describe('faults of ours', () => {
  const fail = () => {
    throw new Error('impossible');
  };

  it('a feature that throws is logged and answered with nothing, and the next one is answered', async () => {
    await using session = await LspSession.start({
      features: { lenses: fail, timeline: fail, note: () => 'well' },
    });
    await session.open(URI, POD);
    expect(await session.ask('textDocument/codeLens', URI)).toEqual([]);
    expect(await session.askOwn('timeline', { uri: URI })).toBeNull();
    await session.until(() => session.log.filter((it) => it.includes('impossible')).length === 2);
    await session.until(() => session.statuses.at(-1)?.note === 'well');
    expect(await session.ask('textDocument/documentSymbol', URI)).toEqual([]);
  });

  it('diagnostics that throw for one file leave the others', async () => {
    await using session = await LspSession.start({
      features: { diagnostics: (uri) => (uri === URI ? fail() : [under(POD, 'name')]) },
    });
    await session.open(URI, POD);
    await session.open('file:///other.yaml', POD);
    expect(await session.diagnostics('file:///other.yaml')).toHaveLength(1);
    expect(await session.diagnostics(URI)).toEqual([]);
  });

  it('descriptions that cannot be read leave the hover without them', async () => {
    await using session = await LspSession.start({
      features: { hover: () => ({ range: { start: 0, end: 1 }, markdown: 'still here' }) },
      descriptions: () => Promise.reject(new Error('no such file')),
    });
    await session.open(URI, POD);
    const position = { line: 0, character: 0 };
    const hover = await session.ask<Hover>('textDocument/hover', URI, { position });
    expect(hover.contents).toMatchObject({ value: 'still here' });
    await session.until(() => session.log.some((it) => it.includes('no such file')));
  });
});

describe('settings', () => {
  it('what the user has switched off is not said', async () => {
    await using session = await LspSession.start({
      settings: {
        podsage: { diagnostics: { enabled: false }, codeLenses: { enabled: false } },
        yaml: { kubernetesVersion: '1.33' },
      },
      features: {
        configure: (it) => versions.push(it.kubernetesVersion),
        diagnostics: () => [under(POD, 'name')],
      },
    });
    await session.until(() => versions.length > 0);
    await session.open(URI, POD);
    expect(await session.diagnostics(URI)).toEqual([]);
    expect(await session.ask('textDocument/codeLens', URI)).toEqual([]);
    expect(versions).toEqual(['1.33']);
  });
  const versions: (string | undefined)[] = [];

  it('a client that cannot be asked sends them itself', async () => {
    const seen: (string | undefined)[] = [];
    await using session = await LspSession.start({
      capabilities: {},
      features: { configure: (it) => seen.push(it.profile) },
    });
    const settings = { podsage: { profile: 'stressed', rules: 'nonsense' } };
    await session.client.sendNotification('workspace/didChangeConfiguration', { settings });
    await session.until(() => seen.length > 0);
    expect(seen).toEqual(['stressed']);
  });
});
