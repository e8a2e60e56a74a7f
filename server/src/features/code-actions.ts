/** Quick fixes: what rules offer, and silencing them with a reason to fill in. */
import type { TextRange } from '../source/index.ts';
import { toDiagnostic, type FileDiagnostic } from './diagnostics.ts';
import type { Finding } from './findings.ts';
import { fixEdits } from './fixes.ts';

export interface FileEdit {
  readonly uri: string;
  readonly range: TextRange;
  readonly newText: string;
}

export interface FileAction {
  readonly title: string;
  readonly kind: 'quickfix' | 'refactor';
  readonly edits: readonly FileEdit[];
  /** What a quick fix mends. */
  readonly fixes?: FileDiagnostic;
  readonly preferred?: boolean;
}

/** The actions for findings that touch a range. */
export function fileActions(findings: readonly Finding[], range: TextRange): readonly FileAction[] {
  return findings
    .filter((it) => it.range.start <= range.end && range.start <= it.range.end)
    .flatMap((it) => [...ruleFixes(it), ...ignoreAction(it)]);
}

function ruleFixes(finding: Finding): readonly FileAction[] {
  return finding.fixes.flatMap((it, i) => {
    const fix = fixEdits(it);
    if (!fix) return [];
    return [
      {
        title: fix.title,
        kind: 'quickfix' as const,
        edits: fix.files.flatMap(({ file: { uri }, edits }) =>
          edits.map(({ range, newText }) => ({ uri, range, newText })),
        ),
        fixes: toDiagnostic(finding),
        preferred: i === 0,
      },
    ];
  });
}

function ignoreAction(finding: Finding): readonly FileAction[] {
  if (!finding.isRule) return [];
  const { file, range, code } = finding;
  const start = file.lines.lineStart(file.lines.at(range.start).line);
  const indent = /^[ \t]*/.exec(file.text.slice(start, range.start))?.[0] ?? '';
  return [
    {
      title: `Ignore ${code} here, with a reason`,
      kind: 'quickfix',
      edits: [
        {
          uri: file.uri,
          range: { start, end: start },
          newText: `${indent}# podsage-ignore ${code}: say why this is fine\n`,
        },
      ],
      fixes: toDiagnostic(finding),
    },
  ];
}
