import type { Place } from './requests.ts';

/** The JSON that the webview draws: one workload, all of it explained, ranges resolved. */
export interface PredictionView {
  /** Names the workload for later requests, however the text moves. */
  readonly subject: string;
  /** For people: `Deployment shop/web`. */
  readonly title: string;
  /** Where the workload is written. */
  readonly place: Place;
}
