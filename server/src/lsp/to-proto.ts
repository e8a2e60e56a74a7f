// The engine's offsets to LSP positions. The only place where the two meet on the way out.
import {
  DiagnosticSeverity,
  DiagnosticTag,
  SymbolKind,
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  type DocumentSymbol,
  type Hover,
  type InlayHint,
  type Range,
  type TextEdit,
  type Location,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextRange } from '../source/index.ts';
import type {
  FileAction,
  FileDiagnostic,
  FileHint,
  FileHover,
  FileLens,
  FileSymbol,
  LinkEnd,
  FileEdit,
  RelatedRange,
} from './language-features.ts';

/** Finds the text that a range of another file counts in. */
export type FindDocument = (uri: string) => TextDocument | undefined;

const SEVERITIES: Readonly<Record<FileDiagnostic['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const SYMBOLS: Readonly<Record<FileSymbol['kind'], SymbolKind>> = {
  object: SymbolKind.Module,
  list: SymbolKind.Array,
  field: SymbolKind.Field,
};

export function toRange(document: TextDocument, range: TextRange): Range {
  return { start: document.positionAt(range.start), end: document.positionAt(range.end) };
}

export function toDiagnostic(
  document: TextDocument,
  from: FileDiagnostic,
  find: FindDocument,
): Diagnostic {
  const to: Diagnostic = {
    range: toRange(document, from.range),
    severity: SEVERITIES[from.severity],
    source: 'podsage',
    code: from.code,
    message: from.message,
  };
  if (from.docs !== undefined) to.codeDescription = { href: from.docs };
  if (from.unnecessary) to.tags = [DiagnosticTag.Unnecessary];
  const related = (from.related ?? []).flatMap((it) => toRelated(it, find));
  if (related.length > 0) to.relatedInformation = related;
  return to;
}

function toRelated(place: RelatedRange, find: FindDocument): DiagnosticRelatedInformation[] {
  const document = find(place.uri);
  if (!document) return [];
  const location = { uri: place.uri, range: toRange(document, place.range) };
  return [{ location, message: place.message }];
}

/** A place in any file; nothing for files that are gone. */
export function toLocation({ uri, range }: LinkEnd, find: FindDocument): Location[] {
  const document = find(uri);
  return document ? [{ uri, range: toRange(document, range) }] : [];
}

/** Edits of several files as one change. */
export function toWorkspaceEdit(edits: readonly FileEdit[], find: FindDocument): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  for (const { uri, range, newText } of edits) {
    const document = find(uri);
    if (document) (changes[uri] ??= []).push({ range: toRange(document, range), newText });
  }
  return { changes };
}

export function toHover(document: TextDocument, from: FileHover): Hover {
  return {
    contents: { kind: 'markdown', value: from.markdown },
    range: toRange(document, from.range),
  };
}

export function toLens(document: TextDocument, from: FileLens): CodeLens {
  const args = from.target ? [from.target] : [];
  return {
    range: toRange(document, from.range),
    command: { title: from.title, command: from.command ?? '', arguments: args },
  };
}

export function toHint(document: TextDocument, from: FileHint): InlayHint {
  return {
    position: document.positionAt(from.offset),
    label: from.label,
    paddingLeft: true,
    ...(from.tooltip === undefined
      ? {}
      : { tooltip: { kind: 'markdown' as const, value: from.tooltip } }),
  };
}

/** An action whose edits touch an unknown file is left out as a whole. */
export function toAction(
  document: TextDocument,
  from: FileAction,
  find: FindDocument,
): CodeAction | undefined {
  const changes: Record<string, TextEdit[]> = {};
  for (const edit of from.edits) {
    const target = find(edit.uri);
    if (!target) return undefined;
    const edits = (changes[edit.uri] ??= []);
    edits.push({ range: toRange(target, edit.range), newText: edit.newText });
  }
  return {
    title: from.title,
    kind: from.kind,
    edit: { changes },
    ...(from.fixes ? { diagnostics: [toDiagnostic(document, from.fixes, find)] } : {}),
    ...(from.preferred ? { isPreferred: true } : {}),
  };
}

export function toSymbol(document: TextDocument, from: FileSymbol): DocumentSymbol {
  return {
    name: from.name,
    kind: SYMBOLS[from.kind],
    range: toRange(document, from.range),
    selectionRange: toRange(document, from.selection),
    ...(from.detail === undefined ? {} : { detail: from.detail }),
    ...(from.children ? { children: from.children.map((it) => toSymbol(document, it)) } : {}),
  };
}
