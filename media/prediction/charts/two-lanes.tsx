// The two lanes from "delete", at a glance: who still sends over who still accepts. Red is where
// the second can end before the first; below is the order it ought to have.
import type { WindowView } from '../../../server/src/protocol/index.ts';
import {
  formatEarliest,
  formatLatest,
  formatTime,
  formatWindow,
  timeScale,
  WHOLE,
  type TimeScale,
} from '../model/time.ts';
import type { AppLane, TrackStep, TwoLanes } from '../model/two-lanes.ts';
import { widthOf } from '../model/timeline-layout.ts';
import { Axis, round } from './axis.tsx';
import { Patterns } from './patterns.tsx';
import { leftOf, NARROW } from './timeline.tsx';

export interface TwoLanesProps {
  readonly name: string;
  readonly lanes: TwoLanes;
  readonly stretched: boolean;
  readonly width: number;
  readonly moment: number | null;
}

const TOP = 26;
const BAR = 20;
const SENDS_HEIGHT = 30;
/** Room above an app's bar for the words about it. */
const WORDS = 18;
const APP_HEIGHT = 60;
const NAME = 16;
const TRACK = 24;
/** How much wider than plain words the bold ones are. */
const BOLD = 1.2;
/** What the name of the track needs beside it. */
const ORDER_ROOM = 150;
/** Letters of a name that stand beside a lane. */
const NAMED = 24;

export function TwoLanesChart({ name, lanes, stretched, width, moment }: TwoLanesProps) {
  const { sends, apps, track, horizon } = lanes;
  const narrow = width < NARROW;
  const left = leftOf(width);
  const scale = timeScale({ left, right: width - 10, horizon, zoom: WHOLE, stretched });
  const inset = narrow ? NAME : 0;
  const appsTop = TOP + (sends ? SENDS_HEIGHT + inset : 0);
  const appHeight = APP_HEIGHT + inset + (sends ? WORDS : 0);
  const appY = (index: number) => appsTop + index * appHeight + (sends ? WORDS : 0);
  const bottom = appsTop + apps.length * appHeight;
  const placed = placeTrack(track, { left, width, y: bottom + 6 });
  const height = (placed.at(-1)?.y ?? bottom - TRACK) + TRACK + 6;
  return (
    <svg
      class="two-lanes"
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${name}. ${describe(lanes)}`}
    >
      <Patterns />
      <Axis scale={scale} top={TOP} bottom={bottom} />
      {sends && (
        <SendsLane
          until={sends}
          scale={scale}
          y={TOP}
          inset={inset}
          clear={Math.max(...apps.map((it) => (it.holds ? scale.x(it.accepts.earliest) : 0)))}
        />
      )}
      {apps.map((app, index) => (
        <AppRow
          key={app.name}
          app={app}
          scale={scale}
          y={appY(index)}
          inset={inset}
          serves={sends !== null}
        />
      ))}
      {apps.map((app, index) => (
        <Race
          key={app.name}
          app={app}
          sends={sends}
          scale={scale}
          top={TOP + inset + 5}
          y={appY(index) + inset}
          words={appY(index) - 2}
        />
      ))}
      {moment !== null && (
        <line
          class="strip-cursor"
          x1={round(scale.x(moment))}
          x2={round(scale.x(moment))}
          y1={TOP - 4}
          y2={bottom}
        />
      )}
      <Track steps={placed} left={left} />
    </svg>
  );
}

interface RowProps {
  readonly scale: TimeScale;
  readonly y: number;
  /** Room above the bar for the name, where a column is narrow. */
  readonly inset: number;
}

interface SendsProps extends RowProps {
  readonly until: WindowView;
  /** Where a zone over it ends. */
  readonly clear: number;
}

function SendsLane({ until, scale, y, inset, clear }: SendsProps) {
  return (
    <g class="s-sends">
      <LaneName text="somebody sends" y={y} inset={inset} />
      <UntilBar until={until} scale={scale} y={y + inset + 5} />
      <After
        x={Math.max(endOf(until, scale), clear)}
        y={y + inset + 19}
        scale={scale}
        text="nobody sends any more"
      />
    </g>
  );
}

interface AppRowProps extends RowProps {
  readonly app: AppLane;
  readonly serves: boolean;
}

function AppRow({ app, scale, y, inset, serves }: AppRowProps) {
  const { name, accepts, hook, term, kill } = app;
  const bar = y + inset + 5;
  const marks = bar + BAR + 4;
  // Two signals may come close: the second's words stand behind the first's.
  const behind = term ? scale.x(term.earliest) + widthOf('SIGTERM 0.000s ') : 0;
  return (
    <g class="s-serving">
      <LaneName text={serves ? `${name} accepts` : `${name} runs`} y={y} inset={inset} />
      <UntilBar until={accepts} scale={scale} y={bar} />
      {hook && <HookStrip hook={hook} scale={scale} y={marks} />}
      {term && <Mark at={term} text="SIGTERM" kind="term" scale={scale} y={marks} />}
      {kill && <Mark at={kill} text="SIGKILL" kind="kill" scale={scale} y={marks} from={behind} />}
    </g>
  );
}

function LaneName({ text, y, inset }: { readonly text: string; y: number; inset: number }) {
  const short = inset > 0 || text.length <= NAMED ? text : `${text.slice(0, NAMED - 1)}…`;
  return (
    <text class="lane-label" x={inset > 0 ? 16 : 22} y={inset > 0 ? y + 13 : y + 19}>
      {short}
    </text>
  );
}

function endOf({ latest }: WindowView, scale: TimeScale): number {
  return latest === null ? scale.right : Math.min(scale.right, scale.x(latest));
}

/** Solid while it surely goes on, pale while it may. */
function UntilBar({ until, scale, y }: { until: WindowView; scale: TimeScale; y: number }) {
  const sure = Math.min(scale.right, scale.x(until.earliest));
  const end = endOf(until, scale);
  return (
    <>
      <rect
        class="maybe"
        x={scale.left}
        y={y}
        width={round(Math.max(2, end - scale.left))}
        height={BAR}
        rx={3}
      />
      <rect
        class="certain"
        x={scale.left}
        y={y}
        width={round(Math.max(2, sure - scale.left))}
        height={BAR}
        rx={3}
      />
    </>
  );
}

interface AfterProps {
  readonly x: number;
  readonly y: number;
  readonly scale: TimeScale;
  readonly text: string;
}

function After({ x, y, scale, text }: AfterProps) {
  if (x + 8 + widthOf(text) > scale.right) return null;
  return (
    <text class="after" x={round(x + 8)} y={y}>
      {text}
    </text>
  );
}

interface RaceProps {
  readonly app: AppLane;
  readonly sends: WindowView | null;
  readonly scale: TimeScale;
  readonly top: number;
  readonly y: number;
  readonly words: number;
}

/** Red from where the app may refuse to where the last may still send; green is what is to spare. */
function Race({ app: { race, holds, accepts }, sends, scale, top, y, words }: RaceProps) {
  if (!sends || (!race && !holds)) return null;
  const from = race ? scale.x(race.earliest) : endOf(sends, scale);
  const to = race ? endOf(race, scale) : Math.min(scale.right, scale.x(accepts.earliest));
  const width = Math.max(4, to - from);
  const room = scale.right - from - 6;
  const text = race ? `✕ ${race.message}` : `✓ ${holds}`;
  const short = race && widthOf(text) * BOLD > room ? '✕ refused' : text;
  const fits = widthOf(short) * BOLD <= room;
  return (
    <g class={race ? 'race' : 'spare'}>
      <rect class="zone" x={round(from)} y={top} width={round(width)} height={y + 5 + BAR - top} />
      {race && (
        <rect
          class="race-hatch"
          x={round(from)}
          y={top}
          width={round(width)}
          height={y + 5 + BAR - top}
        />
      )}
      <text
        class="zone-label"
        x={round(fits ? from + 6 : scale.right - 4)}
        y={words}
        text-anchor={fits ? 'start' : 'end'}
      >
        {short}
      </text>
    </g>
  );
}

function HookStrip({ hook, scale, y }: { hook: WindowView; scale: TimeScale; y: number }) {
  const x1 = scale.x(hook.earliest);
  const x2 = endOf(hook, scale);
  return (
    <g class="s-hook">
      <rect class="strip" x={round(x1)} y={y} width={round(Math.max(2, x2 - x1))} height={5} />
      {x2 - x1 > 60 && (
        <text class="mark-label" x={round(x1 + 2)} y={y + 19}>
          preStop
        </text>
      )}
    </g>
  );
}

interface MarkProps {
  readonly at: WindowView;
  readonly text: string;
  readonly kind: 'term' | 'kill';
  readonly scale: TimeScale;
  readonly y: number;
  /** Where its words may begin. */
  readonly from?: number;
}

function Mark({ at, text, kind, scale, y, from = 0 }: MarkProps) {
  const x = scale.x(at.earliest);
  if (x > scale.right + 1) return null;
  const label = `${text} ${formatTime(at.earliest)}`;
  const start = Math.max(scale.left, x - 5, from);
  const fits = start + widthOf(label) <= scale.right;
  return (
    <g class={`s-${kind}`}>
      <path class="tick-mark" d={`M${round(x)} ${y - 4}l5 9h-10z`} />
      <text
        class="mark-label"
        x={round(fits ? start : scale.right)}
        y={y + 19}
        text-anchor={fits ? 'start' : 'end'}
      >
        {label}
      </text>
    </g>
  );
}

interface PlacedStep {
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly first: boolean;
}

interface Room {
  readonly left: number;
  readonly width: number;
  readonly y: number;
}

const SIGNS = { plain: '? ', good: '✓ ', bad: '✕ ' } as const;

/** In a row under the lanes, in a row of the whole width, or where that is too narrow in a column. */
function placeTrack(steps: readonly TrackStep[], room: Room): readonly PlacedStep[] {
  const worded = steps.map(({ label, holds }, index) => {
    const tone = index === 0 || holds === null ? 'plain' : holds ? 'good' : 'bad';
    const text = index === 0 ? label : `${SIGNS[tone]}${label}`;
    return { tone, text, first: index === 0, least: widthOf(text) + 28 } as const;
  });
  const sum = worded.reduce((all, it) => all + it.least, 0);
  const start = sum <= room.width - room.left - 10 ? room.left : 4;
  const available = room.width - start - 10;
  if (sum > available) {
    return worded.map((it, index) => ({
      ...it,
      x: 4,
      y: room.y + index * TRACK,
      width: available,
      first: true,
    }));
  }
  let x = start;
  return worded.map((it) => {
    const width = (it.least / sum) * available;
    x += width;
    return { ...it, x: x - width, y: room.y, width };
  });
}

/** The right order as a chain of arrows; each says whether this pod is sure to keep to it. */
function Track({ steps, left }: { readonly steps: readonly PlacedStep[]; readonly left: number }) {
  const beside = left > ORDER_ROOM && steps[0]?.x === left;
  return (
    <g class="right-order">
      {beside && (
        <text class="lane-label" x={22} y={(steps[0]?.y ?? 0) + 15}>
          the right order
        </text>
      )}
      {steps.map(({ text, tone, x, y, width, first }) => (
        <g key={text} class={`t-${tone}`}>
          <path class="arrow" d={arrow(round(x), y, round(width - 3), first)} />
          <text x={round(x + (first ? 8 : 16))} y={y + 15}>
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}

function arrow(x: number, y: number, width: number, straight: boolean): string {
  const notch = straight ? '' : 'l8 -11';
  const right = round(width - 8);
  return `M${x} ${y}h${right}l8 11l-8 11h-${right}${notch}z`;
}

function describe({ sends, apps, track }: TwoLanes): string {
  const sender = sends ? `Somebody may send ${untilText(sends)}.` : 'No Service sends to it.';
  const each = apps.map(
    ({ name, accepts, race, holds }) =>
      `${name} ${sends ? 'accepts' : 'runs'} ${untilText(accepts)}` +
      (race ? `: ${race.message}, ${formatWindow(race)}.` : holds ? `: ${holds}.` : '.'),
  );
  const order = track.map(({ label, holds }, index) => {
    const said = holds === null ? 'not known' : holds ? 'sure' : 'can break';
    return index === 0 ? label : `${label} (${said})`;
  });
  const right = order.length === 0 ? '' : ` The right order: ${order.join(', ')}.`;
  return `${sender} ${each.join(' ')}${right}`;
}

function untilText(window: WindowView): string {
  const { earliest, latest } = window;
  if (latest === null) return `until ${formatEarliest(earliest)} or later`;
  if (latest - earliest < 0.0005) return `until ${formatTime(latest)}`;
  return `until ${formatEarliest(earliest)} at the earliest, ${formatLatest(latest)} at the latest`;
}
