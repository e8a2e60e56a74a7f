// What the language server asks of the engine: offsets and texts, no word of the LSP.
import type { PredictionView, StoredObject, WorkloadParams } from '../protocol/index.ts';
import type { SourceFile, TextRange } from '../source/index.ts';
import type { ServerSettings } from './settings.ts';

/** A file as it now stands; `file: undefined` once it is gone. */
export interface FileChange {
  readonly uri: string;
  readonly file: SourceFile | undefined;
}

export interface RelatedPlace {
  readonly uri: string;
  readonly range: TextRange;
  readonly message: string;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface FileDiagnostic {
  readonly range: TextRange;
  readonly severity: Severity;
  /** The rule or the problem's code. */
  readonly code: string;
  readonly message: string;
  /** Address of the rule's page. */
  readonly docs?: string;
  readonly related?: readonly RelatedPlace[];
  /** Faded rather than underlined. */
  readonly unnecessary?: boolean;
}

/** Markdown without HTML and without command links. */
export interface FileHover {
  readonly range: TextRange;
  readonly markdown: string;
}

/** `command` is one of `LENS_COMMANDS`; without one the lens is text alone. */
export interface FileLens {
  readonly range: TextRange;
  readonly title: string;
  readonly command?: string;
  readonly target?: WorkloadParams;
}

/** Shown behind `offset`. */
export interface FileHint {
  readonly offset: number;
  readonly label: string;
  readonly tooltip?: string;
}

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

export interface FileSymbol {
  readonly name: string;
  readonly detail?: string;
  readonly kind: 'object' | 'list' | 'field';
  readonly range: TextRange;
  readonly selection: TextRange;
  readonly children?: readonly FileSymbol[];
}

/** Every question is answered from the files and settings given last; unknown files have no answers. */
export interface LanguageFeatures {
  applyChange(changes: readonly FileChange[]): void;
  configure(settings: ServerSettings): void;
  /** The text of descriptions.json; comes before the first hover. */
  useDescriptions(json: string): void;
  /** On what the answers rest, for the status item. */
  note(): string | undefined;
  diagnostics(uri: string): readonly FileDiagnostic[];
  hover(uri: string, offset: number): FileHover | undefined;
  lenses(uri: string): readonly FileLens[];
  hints(uri: string, range: TextRange): readonly FileHint[];
  actions(uri: string, range: TextRange): readonly FileAction[];
  symbols(uri: string): readonly FileSymbol[];
  prediction(params: WorkloadParams): PredictionView | undefined;
  timeline(params: WorkloadParams): string | undefined;
  storedObject(params: WorkloadParams): StoredObject | undefined;
}
