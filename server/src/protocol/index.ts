export type * from './prediction-view.ts';
export {
  DESCRIPTIONS,
  FILES,
  LENS_COMMANDS,
  PREDICTION_CHANGED,
  REQUESTS,
  STATUS,
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
export type { FromWebview, PanelState, Section, ToWebview } from './webview-messages.ts';
