// A timeline as lanes of bars over seconds. Pure: a view and sizes in, markup out.
import type { TimelineView } from '../../../server/src/protocol/index.ts';
import { barStanding, type States } from '../model/time-bars.ts';
import { timeScale, type TimeScale, type Zoom } from '../model/time.ts';
import {
  findBar,
  layOut,
  widthOf,
  type PlacedLane,
  type TimelineLayout,
} from '../model/timeline-layout.ts';
import { Axis, round } from './axis.tsx';
import { Patterns } from './patterns.tsx';
import { Bar } from './time-bar.tsx';

/** A time at which an order can break: drawn through all lanes. */
export interface Band {
  readonly id: string;
  readonly earliest: number;
  readonly latest: number | null;
  readonly label: string;
}

/** A numbered step of one concrete run, on the bar of its event. */
export interface StepMark {
  readonly at: number;
  readonly event: string;
  readonly number: number;
}

export interface TimelineProps {
  readonly name: string;
  readonly view: TimelineView;
  readonly baseline: TimelineView | null;
  readonly width: number;
  readonly zoom: Zoom;
  readonly stretched: boolean;
  readonly collapsed: ReadonlySet<string>;
  readonly groups: readonly string[];
  readonly states: States;
  readonly band: Band | null;
  readonly steps: readonly StepMark[];
  /** The scrubber's moment; null where it is not in use. */
  readonly moment: number | null;
  /** The bar that Tab comes to. */
  readonly stop: string | null;
  /** Lanes further down have no bars yet; null where all of them are drawn. */
  readonly sight?: number | null;
}

export const NARROW = 600;
const GUTTER = 192;
/** Bold letters are wider by this. */
const BOLD = 1.15;
/** Between the names and time 0, so that marks at the beginning stand clear of both. */
const BEFORE = 12;

/** Where time 0 stands; drawings that are seen together share it. */
export function leftOf(width: number): number {
  return (width < NARROW ? 4 : GUTTER) + BEFORE;
}

/** Where times stand on a drawing of this width; also for pointers. */
export function scaleOf({ view, baseline, width, zoom, stretched }: TimelineProps): TimeScale {
  return timeScale({
    left: leftOf(width),
    right: width - 10,
    horizon: Math.max(view.horizon, baseline?.horizon ?? 0),
    zoom,
    stretched,
  });
}

export function layoutOf(props: TimelineProps): TimelineLayout {
  const { view, baseline, width, collapsed, groups, states } = props;
  return layOut(view, {
    scale: scaleOf(props),
    collapsed,
    groups,
    states,
    baseline,
    narrow: width < NARROW,
  });
}

export interface DrawnProps extends TimelineProps {
  readonly layout: TimelineLayout;
}

export function Timeline(props: DrawnProps) {
  const { name, width, layout, band, steps, moment, sight = null } = props;
  const lanes = layout.lanes.filter((it) => sight === null || it.y < sight);
  const scale = scaleOf(props);
  const stop = props.stop ?? layout.lanes[0]?.bars[0]?.bar.id ?? null;
  return (
    <svg
      class="timeline"
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={layout.height}
      viewBox={`0 0 ${width} ${layout.height}`}
      role="group"
      aria-label={name}
    >
      <Patterns />
      <Axis scale={scale} top={layout.top} bottom={layout.height - 6} />
      {layout.lanes.map((lane) => (
        <LaneBack key={lane.id} lane={lane} width={width} narrow={width < NARROW} />
      ))}
      {band && <RaceBand band={band} scale={scale} layout={layout} named={width >= NARROW} />}
      {lanes.map((lane) => (
        <g key={lane.id} role="group" aria-label={lane.label}>
          {lane.bars
            .filter(({ bar }) => onScreen(bar.from.earliest, bar.to.latest, scale))
            .map((placed) => (
              <Bar
                key={placed.bar.id}
                placed={placed}
                group={lane.group}
                standing={moment === null ? null : barStanding(placed.bar, moment)}
                stop={placed.bar.id === stop}
              />
            ))}
        </g>
      ))}
      <Steps steps={steps} scale={scale} layout={layout} />
      {moment !== null && <Cursor moment={moment} scale={scale} bottom={layout.height - 6} />}
    </svg>
  );
}

function onScreen(earliest: number, latest: number | null, scale: TimeScale): boolean {
  const begins = scale.x(earliest) <= scale.right + 1;
  return begins && (latest === null || scale.x(latest) >= scale.left - 1);
}

function LaneBack({
  lane,
  width,
  narrow,
}: {
  readonly lane: PlacedLane;
  readonly width: number;
  readonly narrow: boolean;
}) {
  const y = narrow ? lane.y + 15 : lane.y + 19;
  return (
    <g class={`lane g-${lane.group}`}>
      {lane.heading !== null && (
        <text class="heading" x={8} y={lane.y - 7}>
          {lane.heading}
        </text>
      )}
      <rect class="lane-back" x={0} y={lane.y} width={width} height={lane.height} />
      <rect class="lane-side" x={0} y={lane.y} width={3} height={lane.height} />
      <text class="lane-label" x={22} y={y}>
        {lane.label}
      </text>
      <g
        class="lane-toggle"
        role="button"
        tabindex={-1}
        data-stop={`lane:${lane.id}`}
        aria-expanded={!lane.collapsed}
        aria-label={`${lane.label}, ${lane.bars.length} bars`}
      >
        <rect class="hit" x={4} y={lane.y + 1} width={narrow ? 180 : GUTTER - 14} height={22} />
        <path
          class="caret"
          d={lane.collapsed ? `M10 ${y - 8}l5 4l-5 4z` : `M8 ${y - 6.5}l8 0l-4 5z`}
        />
      </g>
    </g>
  );
}

interface OverlayProps {
  readonly scale: TimeScale;
  readonly layout: TimelineLayout;
}

interface RaceBandProps extends OverlayProps {
  readonly band: Band;
  /** In a narrow column there is no room for its words. */
  readonly named: boolean;
}

function RaceBand({ band, scale, layout, named }: RaceBandProps) {
  const x1 = Math.max(scale.left, scale.x(band.earliest));
  const x2 = Math.min(scale.right, band.latest === null ? scale.right : scale.x(band.latest));
  if (x2 < scale.left || x1 > scale.right) return null;
  const width = Math.max(3, x2 - x1);
  const height = layout.height - layout.top - 6;
  const room = scale.right - x1;
  const atEnd = x1 > (scale.left + scale.right) / 2 && room < widthOf(band.label) * BOLD + 8;
  return (
    <g class="race">
      <rect class="race-back" x={round(x1)} y={layout.top} width={round(width)} height={height} />
      <rect class="race-hatch" x={round(x1)} y={layout.top} width={round(width)} height={height} />
      <rect class="race-head" x={round(x1)} y={layout.top - 3} width={round(width)} height={4} />
      {named && (
        <text
          class="race-label"
          x={round(atEnd ? scale.right - 4 : x1 + 4)}
          y={layout.top + 15}
          text-anchor={atEnd ? 'end' : 'start'}
        >
          {band.label}
        </text>
      )}
    </g>
  );
}

/** Steps at one place share a mark: the last number is written, as those before led to it. */
function Steps({ steps, scale, layout }: OverlayProps & { readonly steps: readonly StepMark[] }) {
  const marks = steps.flatMap((step) => {
    const placed = findBar(layout, step.event);
    const x = scale.x(step.at);
    if (!placed || x < scale.left - 1 || x > scale.right + 1) return [];
    return [{ number: step.number, x: round(x), y: round(placed.y + placed.height / 2) }];
  });
  const path = marks.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return (
    <g class="steps" aria-hidden="true">
      {marks.length > 1 && <path class="step-path" d={path} />}
      {marks.map(({ number, x, y }) => (
        <g key={number}>
          <circle class="step" cx={x} cy={y} r={7.5} />
          <text class="step-number" x={x} y={y + 3.5} text-anchor="middle">
            {number}
          </text>
        </g>
      ))}
    </g>
  );
}

interface CursorProps {
  readonly moment: number;
  readonly scale: TimeScale;
  readonly bottom: number;
}

function Cursor({ moment, scale, bottom }: CursorProps) {
  const x = round(scale.x(moment));
  if (x < scale.left - 1 || x > scale.right + 1) return null;
  return (
    <g class="cursor" aria-hidden="true">
      <line x1={x} x2={x} y1={4} y2={bottom} />
      <path d={`M${x - 6} 2h12v8l-6 7l-6 -7z`} />
    </g>
  );
}
