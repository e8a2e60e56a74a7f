// What crosses the border of the webview: one view down, intents up, no requests either way.
import type { PredictionView } from './prediction-view.ts';
import type { Place, Range } from './requests.ts';

export type Section = 'overview' | 'lifecycle' | 'shutdown' | 'scheduling' | 'endpoints';

/** What the webview keeps by `setState`, so that the panel comes back after a reload. */
export interface PanelState {
  readonly uri: string;
  readonly subject: string;
  readonly section: Section;
  readonly pinned: boolean;
}

/** `empty` where there is no workload to show: `message` says what to do. */
export type ToWebview =
  | { readonly type: 'view'; readonly view: PredictionView; readonly state: PanelState }
  | { readonly type: 'empty'; readonly message: string }
  | { readonly type: 'section'; readonly section: Section };

export interface TextChange {
  readonly range: Range;
  readonly newText: string;
}

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
  | { readonly type: 'applyEdit'; readonly uri: string; readonly changes: readonly TextChange[] }
  | { readonly type: 'export'; readonly fileName: string; readonly content: string };
