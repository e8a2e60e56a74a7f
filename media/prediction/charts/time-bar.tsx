// One bar of a timeline: where it can be, where it surely is, and its words.
import { Component } from 'preact';
import { formatWindow } from '../model/time.ts';
import { widthOf, type PlacedBar } from '../model/timeline-layout.ts';
import type { Standing, TimeBar } from '../model/time-bars.ts';
import { round } from './axis.tsx';

export interface BarProps {
  readonly placed: PlacedBar;
  readonly group: string;
  readonly standing: Standing | null;
  readonly stop: boolean;
}

/** Drawn anew only when it moves or its standing turns: a scrubber passes hundreds a frame. */
export class Bar extends Component<BarProps> {
  override shouldComponentUpdate(next: BarProps): boolean {
    const { placed, group, standing, stop } = this.props;
    return (
      placed !== next.placed ||
      group !== next.group ||
      standing !== next.standing ||
      stop !== next.stop
    );
  }

  override render({ placed, group, standing, stop }: BarProps) {
    const { bar, y, height, label } = placed;
    const middle = round(y + height / 2);
    return (
      <g
        class={`bar ${bar.kind} s-${bar.style} g-${group} c-${bar.certainty}${standing ? ` is-${standing}` : ''}`}
        role="button"
        tabindex={stop ? 0 : -1}
        data-stop={bar.id}
        aria-label={describeBar(bar)}
      >
        <rect
          class="hit"
          x={round(Math.min(placed.x1, label.x) - 4)}
          y={round(y - 3)}
          width={round(Math.max(12, placed.x2 - placed.x1 + 8))}
          height={height + 6}
        />
        {placed.ghost && <Ghost placed={placed} ghost={placed.ghost} />}
        {bar.kind === 'event' ? <EventShape placed={placed} /> : <SpanShape placed={placed} />}
        {label.text !== '' && (
          <text class="label" x={round(label.x)} y={middle + 3.5} text-anchor={label.anchor}>
            {label.text}
          </text>
        )}
      </g>
    );
  }
}

/** A moment: its mark at the earliest, a bar to the latest it can be. */
function EventShape({ placed }: { readonly placed: PlacedBar }) {
  const { bar, x1, x2, y, height } = placed;
  const width = x2 - x1;
  const middle = y + height / 2;
  return (
    <>
      {width > 4 && (
        <>
          <rect
            class="bounds"
            x={round(x1)}
            y={round(y)}
            width={round(width)}
            height={height}
            rx={2}
          />
          {bar.certainty === 'assumed' && <Hatch placed={placed} y={y} height={height} />}
          {bar.to.latest === null && (
            <path class="open" d={`M${round(x2 - 5)} ${round(y + 1)}l5 5.5l-5 5.5`} />
          )}
        </>
      )}
      {width > 4 ? (
        <rect
          class="mark"
          x={round(x1 - 1)}
          y={round(y - 1)}
          width={3}
          height={height + 2}
          rx={1}
        />
      ) : (
        <path class="mark" d={`M${round(x1 + 1)} ${round(middle - 5)}l5 5l-5 5l-5 -5z`} />
      )}
    </>
  );
}

/** A span: light where it may be going on, solid where it surely is. */
function SpanShape({ placed }: { readonly placed: PlacedBar }) {
  const { bar, x1, x2, y, height, sure } = placed;
  return (
    <>
      <rect
        class="bounds"
        x={round(x1)}
        y={round(y)}
        width={round(x2 - x1)}
        height={height}
        rx={3}
      />
      {bar.certainty === 'assumed' && <Hatch placed={placed} y={y} height={height} />}
      {sure && (
        <rect
          class="sure"
          x={round(sure[0])}
          y={round(y)}
          width={round(Math.max(1, sure[1] - sure[0]))}
          height={height}
          rx={sure[1] - sure[0] > 6 ? 3 : 0}
        />
      )}
      {bar.to.latest === null && (
        <path class="open" d={`M${round(x2 - 6)} ${round(y + 1)}l6 6.5l-6 6.5`} />
      )}
    </>
  );
}

interface HatchProps {
  readonly placed: PlacedBar;
  readonly y: number;
  readonly height: number;
}

/** Begins behind the words, which are hard to read on stripes. */
function Hatch({ placed: { x1, x2, label }, y, height }: HatchProps) {
  const inside = label.anchor === 'start' && label.text !== '' && label.x < x2;
  const from = inside ? label.x + widthOf(label.text) + 4 : x1;
  if (x2 - from < 4) return null;
  return (
    <rect
      class="hatch"
      x={round(from)}
      y={round(y)}
      width={round(x2 - from)}
      height={height}
      rx={2}
    />
  );
}

function Ghost({
  placed,
  ghost: [x1, x2],
}: {
  readonly placed: PlacedBar;
  readonly ghost: readonly [number, number];
}) {
  return (
    <rect
      class="ghost"
      x={round(x1)}
      y={round(placed.y - 2)}
      width={round(Math.max(3, x2 - x1))}
      height={placed.height + 4}
      rx={3}
    />
  );
}

const CERTAINTY = {
  exact: 'exact',
  bounded: 'bounded',
  assumed: 'rests on an assumption',
} as const;

/** A bar in words: its name, its times, how certain, and why. */
export function describeBar(bar: TimeBar): string {
  const sums = sumOf(bar);
  return `${bar.label}: ${timesOf(bar)}, ${CERTAINTY[bar.certainty]}. ${bar.message}${sums && `. ${sums}`}`;
}

/** Why it is so long: what its bounds add up from. */
export function sumOf({ restsOn }: TimeBar): string {
  return restsOn.length === 0 ? '' : `Bounds: ${restsOn.join('; ')}.`;
}

/** When it is, or from when to when. */
export function timesOf(bar: TimeBar): string {
  if (bar.kind === 'event') return formatWindow(bar.from);
  if (bar.kind === 'state') return `until ${formatWindow(bar.to).replace(/^at /, '')}`;
  return `begins ${formatWindow(bar.from)}, ends ${formatWindow(bar.to)}`;
}
