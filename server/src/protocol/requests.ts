// The requests and notifications beside the LSP's own. Positions are the LSP's: lines and UTF-16
// columns from zero, in the document version that the server last saw.
import type { PredictionView } from './prediction-view.ts';

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A range of a document: what a click reveals. */
export interface Place {
  readonly uri: string;
  readonly range: Range;
}

/** Which workload is meant: the one at `position`, or the one with this `subject` of an earlier view. */
export interface WorkloadParams {
  readonly uri: string;
  readonly position?: Position;
  readonly subject?: string;
  /** What-if: knob ids to values that stand in for what the manifest says. */
  readonly whatIf?: Readonly<Record<string, string>>;
}

/** One replacement in a text. */
export interface TextChange {
  readonly range: Range;
  readonly newText: string;
}

/** Replacements in one file; none of them overlap. */
export interface FileChanges {
  readonly uri: string;
  readonly changes: readonly TextChange[];
}

/** What a workload's manifest says, and what the API server stores of it, as YAML. */
export interface StoredObject {
  /** For people: `Deployment shop/web`. */
  readonly title: string;
  readonly submitted: string;
  readonly stored: string;
}

/** One workspace file as the client read it; `text: null` once it is gone. */
export interface WorkspaceFile {
  readonly uri: string;
  readonly text: string | null;
}

/** Files outside the open documents. With `complete`, files not named are gone. */
export interface FilesParams {
  readonly files: readonly WorkspaceFile[];
  readonly complete: boolean;
}

/** Of YAML and JSON files the client sends those named so, and those that hold the word. */
export const SETTINGS_FILE = 'podsage.yaml';
export const MANIFEST_WORD = 'apiVersion';

/** `note` says on what the answers rest, such as the embedded default cluster. */
export interface ServerStatus {
  readonly state: 'busy' | 'healthy';
  readonly note?: string;
}

/** Names and, by `RequestTypes`, parameters and answers of requests from client to server. */
export const REQUESTS = {
  prediction: 'podsage/prediction',
  timeline: 'podsage/timeline',
  storedObject: 'podsage/storedObject',
} as const;

export interface RequestTypes {
  readonly prediction: { params: WorkloadParams; answer: PredictionView | null };
  readonly timeline: { params: WorkloadParams; answer: string | null };
  readonly storedObject: { params: WorkloadParams; answer: StoredObject | null };
}

/** Client to server: `FilesParams`. */
export const FILES = 'podsage/files';
/** Server to client, no parameters: views of before this moment are out of date. */
export const PREDICTION_CHANGED = 'podsage/predictionChanged';
/** Server to client: `ServerStatus`. */
export const STATUS = 'podsage/status';
/** Server to client, from the worker alone, which cannot read files: the text of descriptions.json. */
export const DESCRIPTIONS = 'podsage/descriptions';

/** Commands that code lenses and hovers name; the client has them. Arguments: `WorkloadParams`. */
export const LENS_COMMANDS = {
  explainPod: 'podsage.explainPod',
  showLifecycle: 'podsage.showLifecycle',
  showShutdown: 'podsage.showShutdown',
  explainScheduling: 'podsage.explainScheduling',
  showStoredObject: 'podsage.showStoredObject',
  explainRendered: 'podsage.explainRendered',
} as const;
