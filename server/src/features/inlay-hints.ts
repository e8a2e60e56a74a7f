/** Values the API server fills in, shown behind the line of the object they belong to. */
import { locateInDocument, type FieldPath } from '../manifest/index.ts';
import type { AdmittedManifest } from '../prediction/index.ts';
import type { SourceFile, TextRange } from '../source/index.ts';

/** Shown behind `offset`. */
export interface FileHint {
  readonly offset: number;
  readonly label: string;
  readonly tooltip?: string;
}

interface Filled {
  readonly name: string;
  readonly value: string;
  readonly author: string;
}

/** Longer hints are cut; the tooltip has all of them. */
const MAX_LABEL = 72;
/**
 * Defaults that decide what happens. Others are the same for every object that has them, or follow
 * from nothing one could change: a hint would be noise, hovers still tell.
 */
const TELLING: ReadonlySet<string> = new Set([
  'replicas',
  'maxSurge',
  'maxUnavailable',
  'podManagementPolicy',
  'backoffLimit',
  'completions',
  'parallelism',
  'concurrencyPolicy',
  'terminationGracePeriodSeconds',
  'imagePullPolicy',
  'timeoutSeconds',
  'periodSeconds',
  'failureThreshold',
  'targetPort',
  'nodePort',
  'externalTrafficPolicy',
  'whenUnsatisfiable',
  'minDomains',
]);
/** What an author other than defaulting sets and nobody reads. */
const SILENT: ReadonlySet<string> = new Set([
  'namespace',
  'serviceAccount',
  'serviceAccountName',
  'clusterIP',
  'ipFamilyPolicy',
  'preemptionPolicy',
  'phase',
  'qosClass',
]);

/** The server adds these whole; what is telling is inside. */
const OPENED: ReadonlySet<string> = new Set(['strategy', 'updateStrategy', 'rollingUpdate']);

/** The scalars of a change by name; of a strategy those inside. */
function scalarsOf(name: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (isScalar(value)) return [[name, value]];
  if (!OPENED.has(name) || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, it]) => scalarsOf(key, it));
}

function isTelling(name: string, value: unknown, author: string, parent: unknown): boolean {
  if (SILENT.has(name) || (name === 'priority' && value === 0)) return false;
  if (author !== 'defaulting' || parent === 'requests' || parent === 'limits') return true;
  // Pulling only what is missing is what everybody expects.
  return TELLING.has(name) && value !== 'IfNotPresent';
}

/** The hints of one object in a range of its file. */
export function inlayHints(
  { manifest, admission }: AdmittedManifest,
  range: TextRange,
): readonly FileHint[] {
  const { document, at } = manifest;
  const groups = new Map<string, { readonly path: FieldPath; readonly filled: Filled[] }>();
  for (const { path, author, before, after } of admission.mutations) {
    const name = path.at(-1);
    if (before !== undefined || typeof name !== 'string' || path[0] === 'status') continue;
    const parent = path.slice(0, -1);
    const told = scalarsOf(name, after)
      .filter(([key, value]) => isTelling(key, value, author, parent.at(-1)))
      .map(([key, value]) => ({ name: key, value: String(value), author }));
    if (told.length === 0) continue;
    const key = parent.join('\u0000');
    const group = groups.get(key) ?? { path: parent, filled: [] };
    group.filled.push(...told);
    groups.set(key, group);
  }
  const hints: FileHint[] = [];
  for (const { path, filled } of groups.values()) {
    const found = locateInDocument(document, [...at, ...path], true);
    // Values inside what the server added itself have no line of their own.
    if (!found.writtenHere) continue;
    const offset = lineEnd(found.file, found.range.start);
    if (offset >= range.start && offset <= range.end) hints.push(hint(offset, filled));
  }
  return hints.sort((a, b) => a.offset - b.offset);
}

function hint(offset: number, filled: readonly Filled[]): FileHint {
  const parts = filled.map((it) => `${it.name}: ${it.value}`);
  const full = parts.join(', ');
  const label = full.length > MAX_LABEL ? `${full.slice(0, MAX_LABEL - 1)}…` : full;
  const tooltip = filled
    .map((it) => `- \`${it.name}: ${it.value}\`, set by ${it.author}`)
    .join('\n');
  return { offset, label, tooltip };
}

function isScalar(value: unknown): boolean {
  return value !== null && ['string', 'number', 'boolean'].includes(typeof value);
}

/** Behind the last character of the line, in front of a comment. */
function lineEnd(file: SourceFile, offset: number): number {
  const newline = file.text.indexOf('\n', offset);
  const line = file.text.slice(offset, newline === -1 ? file.text.length : newline);
  return offset + line.trimEnd().length;
}
