import { describe, expect, it } from 'vitest';
import { LIMITS, pathAt, readDocuments } from '../../server/src/manifest/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';

function read(text: string, uri = 'file:///a.yaml') {
  return readDocuments(new SourceFile(uri, text));
}

/** What is said about a text, each with the text it is said of. */
function problems(text: string): readonly (readonly [string, string])[] {
  return read(text).flatMap((document) =>
    document.problems.map(({ code, range }) => [code, text.slice(range.start, range.end)] as const),
  );
}

const POD = 'apiVersion: v1\nkind: Pod\n';

describe('reading documents', () => {
  it('cuts a file at its document marks and reads each piece, JSON too', () => {
    const documents = read(
      `${POD}---\n# nothing\n---\n{"apiVersion":"v1","kind":"Node"}\n--- # c\n${POD}`,
    );
    expect(documents.flatMap((d) => d.manifests.map((m) => [d.index, m.kind]))).toEqual([
      [0, 'Pod'],
      [2, 'Node'],
      [3, 'Pod'],
    ]);
  });

  it('gives the items of a List their own places', () => {
    const [document] = read(
      'apiVersion: v1\nkind: PodList\nitems:\n- apiVersion: v1\n  kind: Pod\n',
    );
    expect(document?.manifests.map((m) => [m.kind, m.at])).toEqual([['Pod', ['items', 0]]]);
  });

  it('finds the quote that swallowed the rest of the document', () => {
    const text = `${POD}metadata:\n  name: "web\nspec: {}\n`;
    expect(problems(text)).toContainEqual(['yaml-quote', '"']);
  });

  it('names a tab in the indentation', () => {
    expect(problems(`${POD}metadata:\n\tname: web\n`)).toContainEqual(['yaml-tab', '\t']);
  });

  it('stops an alias bomb with a message instead of memory', () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [of, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
      lines.push(`${to}: &${to} [${Array(10).fill(`*${of}`).join(',')}]`);
    }
    expect(problems(`${POD}${lines.join('\n')}\n`).map(([code]) => code)).toEqual(['alias-limit']);
  });

  it('says that an anchor contains itself', () => {
    expect(problems(`${POD}metadata: &m\n  labels: *m\n`)).toEqual([['yaml-alias', '*m']]);
  });

  it('keeps every field but the half-typed one', () => {
    const [document] = read(`${POD}metadata:\n  name: web\nspec:\n  hostNetwork: true\n  contai\n`);
    const [manifest] = document?.manifests ?? [];
    expect(manifest?.object).toMatchObject({
      metadata: { name: 'web' },
      spec: { hostNetwork: true },
    });
  });

  it('does not read Helm templates, values or kustomizations, and says why', () => {
    expect(read(`${POD}metadata:\n  name: {{ .Values.name }}\n`)[0]?.skipped).toBe(
      'a Helm template',
    );
    expect(read('image: nginx\n', 'file:///c/values.yaml')[0]?.skipped).toBe('a Helm values file');
    expect(read('resources: []\n', 'file:///kustomization.yaml')[0]?.skipped).toBe(
      'a kustomization',
    );
  });

  it('still reads a manifest that carries a template in an annotation or a block of text', () => {
    const text = `${POD}metadata:\n  annotations:\n    a: "{{ .Data }}"\n    b: |\n      {{- with secret }}\n`;
    expect(read(text)[0]?.skipped).toBeUndefined();
    expect(read(`${text}  name: "{{ .Values.name }}"\n`)[0]?.skipped).toBe('a Helm template');
  });

  it('is silent about YAML that is not Kubernetes', () => {
    expect(problems('version: "3\nservices: [')).toEqual([]);
  });

  it('refuses to read a file past the limit, with a word', () => {
    const [document] = read(`${POD}${' '.repeat(LIMITS.fileCharacters)}`);
    expect(document?.problems[0]?.code).toBe('file-limit');
  });

  it('survives nesting of thousands of levels', () => {
    expect(() => read(`${POD}spec: ${'['.repeat(20_000)}`)).not.toThrow();
  });

  it('lets a merge key give what the map does not write itself', () => {
    const [document] = read(`${POD}x: &x {a: 1, b: 2}\nspec:\n  <<: *x\n  b: 3\n`);
    expect(document?.manifests[0]?.object).toMatchObject({ spec: { a: 1, b: 3 } });
  });
});

describe('the path at an offset', () => {
  it('goes down to the scalar and knows a key from a value', () => {
    const text = `${POD}spec:\n  containers:\n  - name: app\n    image: nginx\n`;
    const root = read(text)[0]?.root;
    expect(pathAt(root, text.indexOf('nginx'))).toEqual({
      path: ['spec', 'containers', 0, 'image'],
      onKey: false,
    });
    expect(pathAt(root, text.indexOf('containers') + 2)).toEqual({
      path: ['spec', 'containers'],
      onKey: true,
    });
  });
});
