/**
 * The engine as its hosts see it: files go in, answers come out. Each change makes a new
 * `Analysis`; documents and admissions that did not change are taken from the last one.
 */
import { onNever } from '../explanation/index.ts';
import {
  ParseCache,
  readDocuments,
  type ManifestDocument,
  type Service,
} from '../manifest/index.ts';
import { PredictionMemory, type WorkloadPrediction } from '../prediction/index.ts';
import type { PredictionView, StoredObject, WorkloadParams } from '../protocol/index.ts';
import { uriName, type SourceFile, type TextRange } from '../source/index.ts';
import { Analysis } from './analysis.ts';
import { checkedFindings, type CheckedFinding } from './check.ts';
import { fileActions, type FileAction, type FileEdit } from './code-actions.ts';
import { configHover } from './config-hover.ts';
import { codeLenses, skippedLens, type FileLens } from './code-lenses.ts';
import { fileDiagnostics, type FileDiagnostic } from './diagnostics.ts';
import { explainText } from './explain-text.ts';
import { hoverAt, type Descriptions, type FileHover } from './hover.ts';
import { inlayHints, type FileHint } from './inlay-hints.ts';
import type { LinkEnd } from './links.ts';
import { definitionAt, referencesAt, renamePlaces, renameRange } from './navigation.ts';
import { schedulingAnnotations, type WorkloadAnnotations } from './scheduling-texts.ts';
import type { WorkspaceSettings } from './settings.ts';
import { nameInFile } from './subjects.ts';
import { documentSymbols, type FileSymbol } from './symbols.ts';
import { drainView, type DrainView } from './views/drain-view.ts';
import { predictionView, titleOf } from './views/prediction-view.ts';
import { serviceView, type ServiceView } from './views/service-view.ts';
import { applyWhatIf } from './views/knobs.ts';
import { toYaml } from './yaml-text.ts';

/** A file as it now stands; `file: undefined` once it is gone. */
export interface FileChange {
  readonly uri: string;
  readonly file: SourceFile | undefined;
}

export class Workspace {
  readonly #log: (message: string) => void;
  readonly #files = new Map<string, SourceFile>();
  readonly #parsed = new Map<
    string,
    { readonly file: SourceFile; readonly documents: readonly ManifestDocument[] }
  >();
  readonly #caches = new Map<string, ParseCache>();
  readonly #memory = new PredictionMemory();
  #settings: WorkspaceSettings = {};
  #descriptions: Descriptions = {};
  #analysis: Analysis | undefined;

  constructor(log: (message: string) => void) {
    this.#log = log;
    onNever(log);
  }

  applyChange(changes: readonly FileChange[]): void {
    for (const { uri, file } of changes) {
      if (file) this.#files.set(uri, file);
      else {
        this.#files.delete(uri);
        this.#parsed.delete(uri);
        this.#caches.delete(uri);
      }
    }
    this.#analysis = undefined;
  }

  /** The files in the order they came. */
  get uris(): readonly string[] {
    return [...this.#files.keys()];
  }

  configure(settings: WorkspaceSettings): void {
    this.#settings = settings;
    this.#analysis = undefined;
  }

  /** The text of descriptions.json; comes before the first hover. */
  useDescriptions(json: string): void {
    this.#descriptions = JSON.parse(json) as Descriptions;
  }

  /** The answer for the files as they now stand. */
  analysis(): Analysis {
    return (this.#analysis ??= this.#analyse());
  }

  /** On what the answers rest, for the status item. */
  note(): string | undefined {
    return this.analysis().prediction.world.declared.usesDefaultNodes
      ? 'No Node is declared: predictions rest on three assumed nodes.'
      : undefined;
  }

  diagnostics(uri: string): readonly FileDiagnostic[] {
    return fileDiagnostics(this.analysis().findingsOf(uri));
  }

  /** The findings of a file as reports print them, under the file's display name. */
  check(uri: string, name: string): readonly CheckedFinding[] {
    return checkedFindings(this.analysis().findingsOf(uri), name);
  }

  hover(uri: string, offset: number): FileHover | undefined {
    const analysis = this.analysis();
    const { configFile } = analysis.input;
    if (configFile?.uri === uri) return configHover(configFile, offset, analysis.prediction);
    const document = analysis
      .documentsOf(uri)
      .find((it) => it.range.start <= offset && offset <= it.range.end);
    if (!document) return undefined;
    return hoverAt(document, offset, analysis.prediction, this.#descriptions, (workload) => {
      return predictionView(workload, analysis.findings).verdicts;
    });
  }

  lenses(uri: string): readonly FileLens[] {
    const analysis = this.analysis();
    const documents = analysis.documentsOf(uri);
    const manifests = documents.flatMap((it) => it.manifests);
    return [
      ...skippedLens(documents),
      ...codeLenses(manifests, analysis.prediction, analysis.findings),
    ];
  }

  hints(uri: string, range: TextRange): readonly FileHint[] {
    return this.analysis()
      .prediction.world.admitted.filter((it) => it.manifest.document.file.uri === uri)
      .flatMap((it) => inlayHints(it, range));
  }

  actions(uri: string, range: TextRange): readonly FileAction[] {
    return fileActions(this.analysis().findingsOf(uri), range);
  }

  definition(uri: string, offset: number): readonly LinkEnd[] {
    return definitionAt(this.analysis().links, uri, offset);
  }

  references(uri: string, offset: number): readonly LinkEnd[] {
    return referencesAt(this.analysis().links, uri, offset);
  }

  /** The name at an offset, where it can be renamed. */
  renameRange(uri: string, offset: number): TextRange | undefined {
    return renameRange(this.analysis().links, uri, offset);
  }

  /** The edits that give what is named here another name, everywhere. */
  rename(uri: string, offset: number, newName: string): readonly FileEdit[] {
    return renamePlaces(this.analysis().links, uri, offset).map((it) => ({
      ...it,
      newText: newName,
    }));
  }

  symbols(uri: string): readonly FileSymbol[] {
    return documentSymbols(this.analysis().documentsOf(uri));
  }

  /** The first pod's cycle of each workload, as kube-scheduler-simulator annotates pods. */
  annotations(uri: string): readonly WorkloadAnnotations[] {
    return this.#workloads(uri).map(schedulingAnnotations);
  }

  /** Every workload of a file, explained. */
  views(uri: string): readonly PredictionView[] {
    const analysis = this.analysis();
    return this.#workloads(uri).map((it) => predictionView(it, analysis.findings));
  }

  prediction(params: WorkloadParams): PredictionView | undefined {
    const workload = this.#find(params);
    if (!workload) return undefined;
    const analysis = this.analysis();
    if (!params.whatIf || Object.keys(params.whatIf).length === 0) {
      return predictionView(workload, analysis.findings);
    }
    const changed = applyWhatIf(workload, params.whatIf);
    return predictionView(changed, analysis.whatIf(changed.prediction), workload);
  }

  /** The whole explanation as plain text. */
  timeline(params: WorkloadParams): string | undefined {
    const view = this.prediction(params);
    return view && explainText(view);
  }

  storedObject(params: WorkloadParams): StoredObject | undefined {
    const workload = this.#find(params);
    return (
      workload && {
        title: titleOf(workload),
        submitted: toYaml(workload.manifest.object),
        stored: toYaml(workload.object),
      }
    );
  }

  /** The Services of files and those that select pods of their workloads, each once. */
  services(uris: readonly string[]): readonly ServiceView[] {
    const { prediction } = this.analysis();
    const written = prediction.world.admitted
      .filter(({ manifest, stored }) => {
        return stored.kind === 'Service' && uris.includes(manifest.document.file.uri);
      })
      .map((it) => it.stored as unknown as Service);
    const selecting = uris.flatMap((it) => this.#workloads(it)).flatMap((it) => it.services);
    return [...new Set([...written, ...selecting])].map((it) => serviceView(it, prediction));
  }

  /** A drain of a node of the declared cluster; undefined where there is no such node. */
  drain(node: string): DrainView | undefined {
    return drainView(this.analysis().prediction, node);
  }

  /** Why parts of a file are not explained: templates and the like, each said once. */
  notes(uri: string): readonly string[] {
    const skipped = this.skipped(uri);
    if (skipped.length > 0) return skipped;
    const name = uriName(uri);
    if (!this.holdsObjects(uri)) return [`${name}: holds no Kubernetes object`];
    if (this.#workloads(uri).length > 0) return [];
    return [`${name}: holds no workload, so there is no pod to explain`];
  }

  /** Which documents of the file are left alone, such as templates, and why. */
  skipped(uri: string): readonly string[] {
    const kinds = new Set(
      this.analysis()
        .documentsOf(uri)
        .flatMap((it) => it.skipped ?? []),
    );
    const name = uriName(uri);
    return [...kinds].map((it) => `${name}: not explained, this is ${it}`);
  }

  holdsObjects(uri: string): boolean {
    return this.analysis()
      .documentsOf(uri)
      .some((it) => it.manifests.length > 0);
  }

  #workloads(uri: string): readonly WorkloadPrediction[] {
    return this.analysis().prediction.workloads.filter(
      (it) => it.manifest.document.file.uri === uri,
    );
  }

  /** By subject, by position, or the first of the file. */
  #find({ uri, position, subject }: WorkloadParams): WorkloadPrediction | undefined {
    const all = this.#workloads(uri);
    if (subject !== undefined) {
      const own = all.find((it) => nameInFile(it) === subject);
      return own ?? this.analysis().prediction.workloads.find((it) => nameInFile(it) === subject);
    }
    const file = this.#files.get(uri);
    if (!position || !file) return all[0];
    const offset = file.lines.offset({ line: position.line, column: position.character });
    const within = all.filter(({ manifest }) => manifest.document.range.start <= offset);
    return within.at(-1) ?? all[0];
  }

  #analyse(): Analysis {
    const documents = new Map<string, readonly ManifestDocument[]>();
    let configFile: SourceFile | undefined;
    // Pods queue in the order of the files: one that a window opened first must not change the answer.
    const files = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [uri, file] of files) {
      if (/(?:^|\/)podsage\.ya?ml$/.test(uri)) configFile = nearer(configFile, file);
      else documents.set(uri, this.#documents(uri, file));
    }
    const input = { documents, configFile, settings: this.#settings, log: this.#log };
    return new Analysis(input, this.#memory);
  }

  #documents(uri: string, file: SourceFile): readonly ManifestDocument[] {
    const known = this.#parsed.get(uri);
    if (known?.file === file) return known.documents;
    const cache = this.#caches.get(uri) ?? new ParseCache();
    this.#caches.set(uri, cache);
    const documents = readDocuments(file, cache);
    this.#parsed.set(uri, { file, documents });
    return documents;
  }
}

/** Of several configurations the one nearest to the workspace's root. */
function nearer(a: SourceFile | undefined, b: SourceFile): SourceFile {
  return a && a.uri.split('/').length <= b.uri.split('/').length ? a : b;
}
