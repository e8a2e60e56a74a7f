/**
 * When something can happen: no sooner than `earliest`, no later than `latest`, in seconds.
 * `latest` is `Infinity` where nothing bounds it.
 */
export interface TimeWindow {
  readonly earliest: number;
  readonly latest: number;
}

/** A window of one moment. */
export function exactly(seconds: number): TimeWindow {
  return { earliest: seconds, latest: seconds };
}

/** A window from one second count to another. */
export function between(earliest: number, latest: number): TimeWindow {
  return { earliest, latest };
}

/** One after the other: both ends add up. */
export function addWindows(...windows: readonly TimeWindow[]): TimeWindow {
  let earliest = 0;
  let latest = 0;
  for (const it of windows) {
    earliest += it.earliest;
    latest += it.latest;
  }
  return { earliest, latest };
}

/** Seconds for people: `3s`, `0.25s`, `1m 30s`, `∞`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '∞';
  const sign = seconds < 0 ? '-' : '';
  const rounded = Math.round(Math.abs(seconds) * 100) / 100;
  if (rounded < 60) return `${sign}${rounded}s`;
  const minutes = Math.floor(rounded / 60);
  const rest = Math.round((rounded - minutes * 60) * 10) / 10;
  if (minutes >= 60) {
    const hours = Math.floor(minutes / 60);
    return `${sign}${hours}h${minutes % 60 ? ` ${minutes % 60}m` : ''}`;
  }
  return `${sign}${minutes}m${rest ? ` ${rest}s` : ''}`;
}

/** A window for people: `3s`, or `1.5s to 30s`. */
export function formatWindow(window: TimeWindow): string {
  return window.earliest === window.latest
    ? formatSeconds(window.earliest)
    : `${formatSeconds(window.earliest)} to ${formatSeconds(window.latest)}`;
}
