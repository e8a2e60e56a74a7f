/**
 * One document of one file: its tree, what is wrong with it, and the manifests it holds (one, or
 * those of a `List`).
 */
import { SourceFile, type TextRange } from '../source/index.ts';
import type { FieldPath } from './field.ts';
import type { KubernetesObject } from './kubernetes.ts';
import { isTemplate, mayBeTemplate } from './helm-template.ts';
import { LIMITS } from './limits.ts';
import { cutDocuments, ParseCache, type ParsedDocument } from './parse-documents.ts';
import type { Problem } from './problem.ts';
import { entryOf, toPlain, type TreeNode } from './tree.ts';

/** One YAML or JSON document. Ranges of its tree count from `start`. */
export interface ManifestDocument {
  readonly file: SourceFile;
  readonly index: number;
  /** Offset of the document's first character in its file. */
  readonly start: number;
  readonly range: TextRange;
  readonly root: TreeNode | undefined;
  /** Ranges count from the start of the file. */
  readonly problems: readonly Problem[];
  readonly manifests: readonly Manifest[];
  /** Why nothing is said about it: a Helm template and the like. */
  readonly skipped?: string;
}

/** One object as written, before the API server has seen it. */
export interface Manifest {
  readonly document: ManifestDocument;
  /** Where in the document the object stands: empty, or `items[3]` of a List. */
  readonly at: FieldPath;
  readonly apiVersion: string;
  readonly kind: string;
  /** The plain value, unchecked. */
  readonly object: KubernetesObject;
}

/** What `podsage.yaml` is called among what is no manifest. */
export const OWN_SETTINGS = 'the configuration of Podsage';

const NOT_A_MANIFEST: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)values[^/]*\.ya?ml$/, 'a Helm values file'],
  [/(?:^|\/)Chart\.ya?ml$/, 'a Helm chart description'],
  [/(?:^|\/)kustomization\.ya?ml$/, 'a kustomization'],
  [/(?:^|\/)podsage\.ya?ml$/, OWN_SETTINGS],
];

/** Reads a file's documents. The cache, where given, belongs to this file's earlier versions. */
export function readDocuments(
  file: SourceFile,
  cache = new ParseCache(),
): readonly ManifestDocument[] {
  if (file.text.length > LIMITS.fileCharacters) return [tooLarge(file)];
  const skipped = NOT_A_MANIFEST.find(([pattern]) => pattern.test(file.uri))?.[1];
  const pieces = cutDocuments(file.text);
  const kept = pieces.slice(0, LIMITS.documentsPerFile);
  if (skipped !== undefined) return [skippedDocument(file, 0, kept[0]?.text ?? '', 0, skipped)];
  const parsed = cache.parse(kept);
  const documents: ManifestDocument[] = [];
  for (const [index, { start, text }] of kept.entries()) {
    const one = parsed[index];
    if (!one || (!one.root && one.problems.length === 0)) continue;
    documents.push(
      mayBeTemplate(text) && isTemplate(text, one.root)
        ? skippedDocument(file, index, text, start, 'a Helm template')
        : makeDocument(file, index, start, text, one),
    );
  }
  return documents;
}

function makeDocument(
  file: SourceFile,
  index: number,
  start: number,
  text: string,
  { root, problems, value }: ParsedDocument,
): ManifestDocument {
  const manifests: Manifest[] = [];
  const document: ManifestDocument = {
    file,
    index,
    start,
    range: trimmedRange(start, text),
    root,
    // What is not Kubernetes' is none of our business, broken or not.
    problems: looksLikeKubernetes(text) ? problems.map((it) => shifted(it, start)) : [],
    manifests,
  };
  if (root) collectManifests(document, root, value, [], manifests);
  return document;
}

function collectManifests(
  document: ManifestDocument,
  node: TreeNode,
  value: unknown,
  at: FieldPath,
  into: Manifest[],
): void {
  if (node.kind !== 'map') return;
  const kind = textOf(entryOf(node, 'kind')?.value);
  const apiVersion = textOf(entryOf(node, 'apiVersion')?.value);
  if (
    kind === undefined ||
    (apiVersion === undefined && at.length === 0 && !entryOf(node, 'spec'))
  ) {
    return;
  }
  const items = entryOf(node, 'items')?.value;
  if (kind.endsWith('List') && items?.kind === 'list') {
    for (const [i, item] of items.items.slice(0, LIMITS.objects).entries()) {
      collectManifests(document, item, itemAt(value, i), [...at, 'items', i], into);
    }
    return;
  }
  // A strategic merge patch is no object: what it leaves out is written elsewhere.
  if (entryOf(node, '$patch')) return;
  const object = (value ?? toPlain(node)) as KubernetesObject;
  into.push({ document, at, apiVersion: apiVersion ?? '', kind, object });
}

function itemAt(value: unknown, index: number): unknown {
  const items = (value as { readonly items?: readonly unknown[] } | undefined)?.items;
  return Array.isArray(items) ? items[index] : undefined;
}

function textOf(node: TreeNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

function looksLikeKubernetes(text: string): boolean {
  return /^\s*"?(?:apiVersion|kind)"?\s*:/m.test(text);
}

function shifted(problem: Problem, by: number): Problem {
  const { start, end } = problem.range;
  return { ...problem, range: { start: start + by, end: end + by } };
}

function trimmedRange(start: number, text: string): TextRange {
  const lead = text.length - text.trimStart().length;
  return { start: start + lead, end: start + Math.max(lead, text.trimEnd().length) };
}

function skippedDocument(
  file: SourceFile,
  index: number,
  text: string,
  start: number,
  skipped: string,
): ManifestDocument {
  const range = trimmedRange(start, text);
  return { file, index, start, range, root: undefined, problems: [], manifests: [], skipped };
}

function tooLarge(file: SourceFile): ManifestDocument {
  const message = `this file has ${file.text.length} characters; Podsage reads up to ${LIMITS.fileCharacters}`;
  const range = { start: 0, end: Math.min(file.text.length, 1) };
  const problem: Problem = { code: 'file-limit', severity: 'warning', message, range };
  return { file, index: 0, start: 0, range, root: undefined, problems: [problem], manifests: [] };
}
