/** What a field does here, with what follows from it, and then the API's own text. */
import {
  describedField,
  formatPath,
  locateInDocument,
  pathAt,
  type FieldPath,
  type ManifestDocument,
  type Service,
} from '../manifest/index.ts';
import type { AdmittedManifest, Prediction, WorkloadPrediction } from '../prediction/index.ts';
import type { VerdictView } from '../protocol/index.ts';
import type { TextRange } from '../source/index.ts';
import { valueText } from './yaml-text.ts';
import { endpointsTitle } from './endpoints-texts.ts';
import { TONE_MARKS } from './views/verdict-summary.ts';
import { consequences } from './consequences/index.ts';

/** Markdown without HTML and without command links. */
export interface FileHover {
  readonly range: TextRange;
  readonly markdown: string;
}

/** The API's field texts: type name to field name to text. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The hover at an offset of a document; undefined where there is no field we know. */
export function hoverAt(
  document: ManifestDocument,
  offset: number,
  prediction: Prediction,
  descriptions: Descriptions,
  /** The answers in short of a workload: what stands at its kind and its name. */
  summary: (workload: WorkloadPrediction) => readonly VerdictView[],
): FileHover | undefined {
  const { path } = pathAt(document.root, offset - document.start);
  const manifest = document.manifests.find((it) => it.at.every((step, i) => path[i] === step));
  if (!manifest || path.length === manifest.at.length) return undefined;
  const admitted = prediction.world.admitted.find((it) => it.manifest === manifest);
  const relative = path.slice(manifest.at.length);
  const parts: string[] = [];
  if (admitted) {
    if (isIdentity(relative)) parts.push(...identityText(admitted, prediction, summary));
    parts.push(...consequences(prediction, admitted, relative));
    const stored = storedText(admitted, relative);
    if (stored) parts.push(stored);
  }
  const text = descriptionText(manifest.apiVersion, manifest.kind, relative, descriptions);
  if (text) parts.push(text);
  if (parts.length === 0) return undefined;
  const { range } = locateInDocument(document, path, true);
  return { range, markdown: [`**\`${formatPath(relative)}\`**`, ...parts].join('\n\n') };
}

function isIdentity(path: FieldPath): boolean {
  const text = formatPath(path);
  return text === 'kind' || text === 'metadata.name';
}

/** What is said of the object as a whole. */
function identityText(
  { manifest, stored }: AdmittedManifest,
  prediction: Prediction,
  summary: (workload: WorkloadPrediction) => readonly VerdictView[],
): readonly string[] {
  const workload = prediction.workloadOf(manifest);
  if (workload) return [summaryText(summary(workload))];
  if (manifest.kind !== 'Service') return [];
  return [escapeMarkdown(endpointsTitle(stored as unknown as Service, prediction))];
}

function summaryText(verdicts: readonly VerdictView[]): string {
  return verdicts
    .map(({ tone, title, headline, detail }) => {
      const rest = detail === '' ? '' : ` · ${escapeMarkdown(detail)}`;
      return `- ${TONE_MARKS[tone]} **${title}** ${escapeMarkdown(headline)}${rest}`;
    })
    .join('\n');
}

/** What the server stores instead of, or below, what is written. */
function storedText({ admission }: AdmittedManifest, path: FieldPath): string | undefined {
  const own = admission.mutations.find((it) => samePath(it.path, path));
  if (own && own.before !== undefined) {
    return `Stored as \`${shorten(own.after)}\`, set by ${own.author}.`;
  }
  const below = admission.mutations.filter(
    (it) => it.path.length === path.length + 1 && samePath(it.path.slice(0, -1), path),
  );
  if (below.length === 0) return undefined;
  const lines = below
    .slice(0, 12)
    .map((it) => `- \`${String(it.path.at(-1))}: ${shorten(it.after)}\` (${it.author})`);
  return ['The server adds:', ...lines].join('\n');
}

function descriptionText(
  apiVersion: string,
  kind: string,
  path: FieldPath,
  descriptions: Descriptions,
): string | undefined {
  const found = describedField(apiVersion, kind, path);
  const text = found && descriptions[found.type]?.[found.name];
  return text ? `---\n\n${escapeMarkdown(text)}` : undefined;
}

function samePath(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i]);
}

function shorten(value: unknown): string {
  const text = valueText(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The API's texts are plain, but for lists and links. */
function escapeMarkdown(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*');
}
