// What crosses the border of the webview: one view down, intents up, no requests either way.
import type { PredictionView, Section } from './prediction-view.ts';
import type { FileChanges, Place } from './requests.ts';

/** What the webview keeps by `setState`, so that the panel comes back after a reload. */
export interface PanelState {
  readonly uri: string;
  readonly subject: string;
  readonly section: Section;
  readonly pinned: boolean;
}

/** What the scrubber stands on. */
export interface Moment {
  /** The end of the pod that is shown: `delete`, `drain` … */
  readonly cause?: string;
  /** Seconds on the section's timeline. */
  readonly at?: number;
}

/** `empty` where there is no workload to show: `message` says what to do. */
export type ToWebview =
  | {
      readonly type: 'view';
      readonly view: PredictionView;
      readonly state: PanelState;
      /** The manifest as it is, while `view` is a what-if: what A/B compares with. */
      readonly baseline?: PredictionView;
    }
  | { readonly type: 'empty'; readonly message: string }
  | ({ readonly type: 'section'; readonly section: Section } & Moment);

export type FromWebview =
  | { readonly type: 'ready' }
  /** The user turned to a section, another workload of the view, or pinned the panel. */
  | {
      readonly type: 'select';
      readonly section?: Section;
      readonly subject?: string;
      readonly pinned?: boolean;
    }
  | { readonly type: 'reveal'; readonly place: Place }
  /** The moment under the scrubber: these lines matter then. */
  | { readonly type: 'highlight'; readonly places: readonly Place[] }
  /** The knobs were turned; an empty map is the manifest as it is. */
  | { readonly type: 'whatIf'; readonly values: Readonly<Record<string, string>> }
  | { readonly type: 'applyEdit'; readonly files: readonly FileChanges[] }
  /** A link to what is shown, for the clipboard. */
  | ({ readonly type: 'copyLink'; readonly section: Section } & Moment)
  | {
      readonly type: 'export';
      readonly fileName: string;
      readonly content: string;
      /** Set where the content is not text. */
      readonly encoding?: 'base64';
    };
