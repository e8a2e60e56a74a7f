export type * from './prediction-view.ts';
export {
  DESCRIPTIONS,
  FILES,
  LENS_COMMANDS,
  MANIFEST_WORD,
  PREDICTION_CHANGED,
  REQUESTS,
  SETTINGS_FILE,
  STATUS,
  type FileChanges,
  type FilesParams,
  type Place,
  type Position,
  type Range,
  type RequestTypes,
  type ServerStatus,
  type StoredObject,
  type TextChange,
  type WorkloadParams,
  type WorkspaceFile,
} from './requests.ts';
export type { FromWebview, Moment, PanelState, ToWebview } from './webview-messages.ts';
