// Times as people read them, and the axis they are drawn on.
import type { WindowView } from '../../../server/src/protocol/index.ts';

/** Which way a number is rounded. */
type Rounding = (value: number) => number;

// What is nearly round is round: sums of tenths are not exact.
const down: Rounding = (value) => Math.floor(value + 1e-6);
const up: Rounding = (value) => Math.ceil(value - 1e-6);

/** As exact as anybody can rely on: `0.65s`, `12s`, `2m 5s`, `1h 3m`. */
export function formatTime(seconds: number, rounding: Rounding = Math.round): string {
  if (!Number.isFinite(seconds)) return '∞';
  if (seconds < 0) return `−${formatTime(-seconds)}`;
  const grain = seconds < 0.01 ? 1000 : seconds < 1 ? 100 : seconds < 60 ? 10 : 1;
  const short = rounding(seconds * grain) / grain;
  if (short < 60) return `${short}s`;
  if (short < 3600) return join(Math.floor(short / 60), 'm', Math.floor(short % 60), 's');
  return join(Math.floor(short / 3600), 'h', rounding((short % 3600) / 60), 'm');
}

/** Rounded so that a bound stays one. */
export function formatEarliest(seconds: number): string {
  return formatTime(seconds, down);
}

export function formatLatest(seconds: number): string {
  return formatTime(seconds, up);
}

/** A tick of an axis that was zoomed into: as exact as it has to be. */
export function formatTick(seconds: number): string {
  return seconds < 10 ? `${trim(seconds.toFixed(3))}s` : formatTime(seconds);
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`;
}

/** `at 3s`, `0.03s to 0.65s`, `30s or later`. */
export function formatWindow({ earliest, latest }: WindowView): string {
  if (latest === null) return `${formatEarliest(earliest)} or later`;
  if (latest - earliest < 0.0005) return `at ${formatTime(earliest)}`;
  return `${formatEarliest(earliest)} to ${formatLatest(latest)}`;
}

/** What part of the whole is shown: fractions of the drawing, 0 to 1. */
export interface Zoom {
  readonly from: number;
  readonly to: number;
}

export const WHOLE: Zoom = { from: 0, to: 1 };
const CLOSEST = 0.004;

/** Zooms by a factor around a fraction of what is shown. */
export function zoomAt(zoom: Zoom, factor: number, centre = 0.5): Zoom {
  const size = zoom.to - zoom.from;
  const next = Math.min(1, Math.max(CLOSEST, size * factor));
  return clampZoom(zoom.from + (size - next) * centre, next);
}

/** Moves by a fraction of what is shown. */
export function panBy(zoom: Zoom, fraction: number): Zoom {
  const size = zoom.to - zoom.from;
  return clampZoom(zoom.from + size * fraction, size);
}

function clampZoom(from: number, size: number): Zoom {
  const start = Math.min(1 - size, Math.max(0, from));
  return { from: start, to: start + size };
}

export interface TimeScale {
  readonly left: number;
  readonly right: number;
  readonly horizon: number;
  x(seconds: number): number;
  time(x: number): number;
}

export interface ScaleOptions {
  readonly left: number;
  readonly right: number;
  readonly horizon: number;
  readonly zoom: Zoom;
  /** Early seconds are drawn wider: the root of time, so milliseconds and minutes both show. */
  readonly stretched: boolean;
}

export function timeScale({ left, right, horizon, zoom, stretched }: ScaleOptions): TimeScale {
  const width = Math.max(1, right - left);
  const size = zoom.to - zoom.from;
  const fraction = (seconds: number) => {
    const linear = Math.max(0, seconds) / horizon;
    return stretched ? Math.sqrt(linear) : linear;
  };
  return {
    left,
    right,
    horizon,
    x: (seconds) => left + ((fraction(seconds) - zoom.from) / size) * width,
    time: (x) => {
      const at = Math.max(0, zoom.from + ((x - left) / width) * size);
      return (stretched ? at * at : at) * horizon;
    },
  };
}

const TICK_DISTANCE = 64;

/** Room that the last label needs before the drawing ends. */
const TICK_ROOM = 36;
const MAX_TICKS = 200;

/** Round times at a readable distance, whatever the scale does between them. */
export function ticks(scale: TimeScale): readonly number[] {
  const first = scale.time(scale.left);
  const stepAt = (time: number) => roundStep(scale.time(scale.x(time) + TICK_DISTANCE) - time);
  const chosen: number[] = [];
  let step = stepAt(first);
  let time = Math.ceil(first / step - 1e-9) * step;
  while (scale.x(time) <= scale.right - TICK_ROOM && chosen.length < MAX_TICKS) {
    chosen.push(time);
    step = stepAt(time);
    let next = (Math.floor(time / step + 1e-9) + 1) * step;
    if (scale.x(next) - scale.x(time) < TICK_DISTANCE * 0.7) next += step;
    time = next;
  }
  return chosen;
}

const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
  1200, 1800, 3600, 7200, 14_400, 43_200, 86_400,
];

function roundStep(span: number): number {
  return STEPS.find((it) => it >= span * 0.8) ?? 86_400;
}
