/**
 * Silencing a rule: `# podsage-ignore <rule>: reason` above or on the line, or the annotation
 * `ignore.podsage.dev/<rule>: "reason"` on the object or its pod template. What silences without a
 * reason, and what silences nothing, is told.
 */
import type { SourceFile, TextRange } from '../source/index.ts';
import { entryOf, keyText, type ManifestDocument, type TreeNode } from '../manifest/index.ts';
import { RULES } from '../races/index.ts';
import { complete, type Finding } from './findings.ts';

const COMMENT = /#\s*podsage-ignore\b[ \t]*([a-z0-9-]*)[ \t]*(?::[ \t]*([^\n\r]*))?/g;
const ANNOTATION = /^ignore\.podsage\.dev\/([a-z0-9-]+)$/;

interface Suppression {
  readonly rule: string;
  readonly reason: string;
  /** Where it stands. */
  readonly range: TextRange;
  /** Findings that begin in here are silenced. */
  readonly scope: TextRange;
}

/** The findings that stay, and what is to be said about the suppressions themselves. */
export function suppress(
  file: SourceFile,
  documents: readonly ManifestDocument[],
  findings: readonly Finding[],
  allowed: boolean,
): readonly Finding[] {
  const all = [...commentSuppressions(file), ...documents.flatMap(annotationSuppressions)];
  if (all.length === 0) return findings;
  if (!allowed) {
    return [
      ...findings,
      ...all.map((it) =>
        about(file, it, 'suppression-not-allowed', 'the configuration allows no suppressions'),
      ),
    ];
  }
  const used = new Set<Suppression>();
  const kept = findings.filter((finding) => {
    const silencer = all.find((it) => it.reason !== '' && silences(it, finding));
    if (silencer) used.add(silencer);
    return !silencer;
  });
  const faults = all.flatMap((it) => {
    if (it.rule === '' || it.reason === '') {
      return [
        about(
          file,
          it,
          'suppression-without-reason',
          'name a rule and a reason: `# podsage-ignore <rule>: reason`',
        ),
      ];
    }
    if (used.has(it)) return [];
    const message = RULES.some(({ id }) => id === it.rule)
      ? `nothing here is found by ${it.rule}`
      : `there is no rule ${it.rule}`;
    return [about(file, it, 'suppression-unused', message)];
  });
  return [...kept, ...faults];
}

function silences({ rule, scope }: Suppression, { code, isRule, range }: Finding): boolean {
  return isRule && code === rule && scope.start <= range.start && range.start <= scope.end;
}

function commentSuppressions(file: SourceFile): readonly Suppression[] {
  const found: Suppression[] = [];
  for (const match of file.text.matchAll(COMMENT)) {
    const { line } = file.lines.at(match.index);
    const start = file.lines.lineStart(line);
    const alone = file.text.slice(start, match.index).trim() === '';
    const scope = { start, end: lineEnd(file, alone ? nextCodeLine(file, line) : line) };
    const range = { start: match.index, end: match.index + match[0].trimEnd().length };
    found.push({ rule: match[1] ?? '', reason: (match[2] ?? '').trim(), range, scope });
  }
  return found;
}

/** The next line that is no comment: several ignore comments may stand above one line. */
function nextCodeLine(file: SourceFile, line: number): number {
  let next = line + 1;
  while (next < file.lines.lineCount) {
    const text = file.text.slice(file.lines.lineStart(next), lineEnd(file, next)).trim();
    if (text !== '' && !text.startsWith('#')) return next;
    next++;
  }
  return line;
}

function lineEnd(file: SourceFile, line: number): number {
  const end = file.text.indexOf('\n', file.lines.lineStart(line));
  return end === -1 ? file.text.length : end;
}

function annotationSuppressions(document: ManifestDocument): readonly Suppression[] {
  const found: Suppression[] = [];
  const visit = (node: TreeNode | undefined, depth: number) => {
    if (node?.kind !== 'map' || depth > 6) return;
    const metadata = entryOf(node, 'metadata')?.value;
    const annotations =
      metadata?.kind === 'map' ? entryOf(metadata, 'annotations')?.value : undefined;
    if (annotations?.kind === 'map') {
      for (const { key, value } of annotations.entries) {
        const rule = ANNOTATION.exec(keyText(key))?.[1];
        if (rule === undefined) continue;
        const reason = value?.kind === 'scalar' ? value.source.trim() : '';
        found.push({
          rule,
          reason,
          range: shift(key.range, document.start),
          scope: shift(node.range, document.start),
        });
      }
    }
    for (const name of ['spec', 'template', 'jobTemplate'])
      visit(entryOf(node, name)?.value, depth + 1);
  };
  visit(document.root, 0);
  return found;
}

function shift({ start, end }: TextRange, by: number): TextRange {
  return { start: start + by, end: end + by };
}

function about(file: SourceFile, { range }: Suppression, code: string, message: string): Finding {
  const severity = code === 'suppression-unused' ? 'information' : 'warning';
  return complete(file, range, { code, severity, message });
}
