/**
 * The words in which a life is told: the same as those of the recorded traces. One entry is one
 * call to the runtime, one change of the pod object, one event, one endpoint change.
 */

export type TraceSource =
  | 'api'
  | 'cri'
  | 'app'
  | 'status'
  | 'event'
  | 'endpoints'
  | 'config'
  | 'registry'
  | 'kubelet'
  | 'node';

/** One thing that happened, `t` seconds after the create request. */
export interface TraceEntry {
  readonly t: number;
  /** Only for pods other than the first. */
  readonly pod?: string;
  readonly source: TraceSource;
  readonly what: string;
  readonly container?: string;
  /** Entries with the same number came in one update of the pod object. */
  readonly patch?: number;
  readonly detail?: unknown;
  /** How often the containers had started then: tells like entries of different lives apart. */
  readonly life: string;
}

/** One entry of a bounded trace: it happens between `earliest` and `latest`. */
export interface BoundedEntry {
  readonly source: TraceSource;
  readonly what: string;
  readonly container?: string;
  readonly pod?: string;
  readonly detail?: unknown;
  readonly earliest: number;
  readonly latest: number;
  /** Some lives pass without it: a status that the kubelet may merge away, for one. */
  readonly optional?: true;
}

export interface BoundedTrace {
  readonly events: readonly BoundedEntry[];
}

type Listener = (entry: TraceEntry) => void;

/** Collects the entries of a run and tells the triggers about each. */
export class TraceRecorder {
  readonly entries: TraceEntry[] = [];
  #listeners: Listener[] = [];

  onEntry(listener: Listener): void {
    this.#listeners.push(listener);
  }

  add(entry: TraceEntry): void {
    this.entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }
}

/** A detail as text with sorted keys: what triggers search in, and part of an entry's identity. */
export function detailText(detail: unknown): string {
  if (detail === undefined || detail === null) return '';
  if (typeof detail !== 'object') return JSON.stringify(detail) ?? '';
  if (Array.isArray(detail)) return `[${detail.map(detailText).join(',')}]`;
  const fields = Object.entries(detail as Record<string, unknown>)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `"${key}":${detailText(value) || 'null'}`);
  return `{${fields.join(',')}}`;
}
