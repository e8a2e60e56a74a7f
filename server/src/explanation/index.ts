export { weakestCertainty, type Certainty } from './certainty.ts';
export type { Explanation } from './explanation.ts';
export { never, onNever } from './never.ts';
export {
  addWindows,
  between,
  exactly,
  formatSeconds,
  formatWindow,
  type TimeWindow,
} from './time-window.ts';
export type { Upstream } from './upstream.ts';
