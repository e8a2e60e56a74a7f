import { expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver/node';
import { createFeatures } from '../../server/src/lsp/create-features.ts';
import { LspSession } from '../support/lsp-session.ts';

const pod = (name: string, extra = '') =>
  `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
    - name: app
      image: nginx:1.29${extra}
`;

const bomb = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`),
].join('\n');

/** Files that break tools: what each is, and how many diagnostics at least it must have. */
const FILES: readonly (readonly [string, string, number])[] = [
  ['an unclosed quote', pod('web').replace('nginx:1.29', '"nginx'), 1],
  ['a tab', pod('web').replace('      image', '\timage'), 1],
  ['a Helm template', pod('{{ .Release.Name }}', '{{ if .Values.x }}'), 0],
  ['an alias bomb', `${pod('web')}---\n${bomb}\n`, 0],
  ['a null byte', pod('web').replace('app', 'a\u0000p'), 0],
  ['nothing but a marker', '---', 0],
  ['very deep lists', `a: ${'['.repeat(20_000)}`, 0],
  ['50,000 lines', Array.from({ length: 6_250 }, (_, i) => pod(`web-${i}`)).join('---\n'), 0],
];

for (const [what, text, atLeast] of FILES) {
  it(`a file with ${what} is answered in seconds, and so is the next`, async () => {
    await using session = await LspSession.start({ createFeatures });
    const started = performance.now();
    await session.open('file:///hard.yaml', text);
    const found = await session.diagnostics('file:///hard.yaml');
    expect(found.length).toBeGreaterThanOrEqual(atLeast);
    await session.open('file:///next.yaml', pod('next'));
    const position = { line: 4, character: 1 };
    const hover = await session.ask<Hover>('textDocument/hover', 'file:///next.yaml', { position });
    expect(hover.range?.start.line).toBe(4);
    // Generous, as the machine may be busy: what hangs takes minutes.
    const milliseconds = performance.now() - started;
    expect(milliseconds).toBeLessThan(90_000);
    expect(session.log.filter((it) => /Error|at .*\.ts/.test(it))).toEqual([]);
  });
}
