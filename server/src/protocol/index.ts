export type { PredictionView } from './prediction-view.ts';
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
  type WorkloadParams,
  type WorkspaceFile,
} from './requests.ts';
export type {
  FromWebview,
  PanelState,
  Section,
  TextChange,
  ToWebview,
} from './webview-messages.ts';
