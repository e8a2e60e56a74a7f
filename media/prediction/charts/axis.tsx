// The time axis: round times, and a line through the drawing at each.
import { formatTick, ticks, type TimeScale } from '../model/time.ts';

export interface AxisProps {
  readonly scale: TimeScale;
  readonly top: number;
  readonly bottom: number;
}

export function Axis({ scale, top, bottom }: AxisProps) {
  return (
    <g class="axis" aria-hidden="true">
      <line class="axis-base" x1={scale.left} x2={scale.right} y1={top} y2={top} />
      {ticks(scale).map((time) => {
        const x = round(scale.x(time));
        return (
          <g key={time}>
            <line class="grid" x1={x} x2={x} y1={top} y2={bottom} />
            <text class="tick" x={x + 3} y={top - 8}>
              {formatTick(time)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** Coordinates to a tenth of a pixel: smaller ones only make the text longer. */
export function round(x: number): number {
  return Math.round(x * 10) / 10;
}
