// Where the lanes, rows and bars of a timeline stand. Pure: a view and sizes in, rectangles out.
import type { TimelineView } from '../../../server/src/protocol/index.ts';
import { barsOf, type States, type TimeBar } from './time-bars.ts';
import type { TimeScale } from './time.ts';

export interface PlacedBar {
  readonly bar: TimeBar;
  readonly y: number;
  readonly height: number;
  /** Where the bar can begin and must have ended; the inner part is where it surely is. */
  readonly x1: number;
  readonly x2: number;
  readonly sure: readonly [number, number] | null;
  /** Its own bar of the manifest as it is, in an A/B comparison. */
  readonly ghost: readonly [number, number] | null;
  readonly label: { readonly x: number; readonly anchor: 'start' | 'end'; readonly text: string };
}

export interface PlacedLane {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  readonly y: number;
  readonly height: number;
  /** Set on the first lane of a group: the heading above it. */
  readonly heading: string | null;
  readonly collapsed: boolean;
  readonly bars: readonly PlacedBar[];
}

export interface TimelineLayout {
  readonly lanes: readonly PlacedLane[];
  readonly top: number;
  readonly height: number;
}

export interface LayoutOptions {
  readonly scale: TimeScale;
  readonly collapsed: ReadonlySet<string>;
  /** Lane labels stand above their lanes, not beside. */
  readonly narrow: boolean;
  /** Draws who still sends and who still accepts as bars from the beginning. */
  readonly states: States;
  readonly groups: readonly string[];
  readonly baseline: TimelineView | null;
}

export const GROUP_NAMES: Readonly<Record<string, string>> = {
  client: 'Clients',
  'control-plane': 'Control plane',
  node: 'Node',
  container: 'Containers',
  network: 'Network',
};

export const AXIS_HEIGHT = 30;
const ROW = 19;
const HEADING = 24;
const PADDING = 5;
const NARROW_LABEL = 18;
const CHARACTER = 6.35;
const MAX_ROWS = 60;
/** Between a bar and the words behind it; a step's number fits between. */
const AFTER = 10;

export function layOut(view: TimelineView, options: LayoutOptions): TimelineLayout {
  const bars = barsOf(view, options.states);
  const ghosts = new Map(
    options.baseline ? barsOf(options.baseline, options.states).map((it) => [it.id, it]) : [],
  );
  const lanes: PlacedLane[] = [];
  let y = AXIS_HEIGHT;
  let group = '';
  for (const lane of inGroups(view, options.groups)) {
    const own = bars.filter((it) => it.lane === lane.id);
    if (own.length === 0) continue;
    const heading = lane.group === group ? null : (GROUP_NAMES[lane.group] ?? lane.group);
    group = lane.group;
    if (heading !== null) y += HEADING;
    const collapsed = options.collapsed.has(lane.id);
    const inset = PADDING + (options.narrow ? NARROW_LABEL : 0);
    const rows = collapsed
      ? oneRow(own, ghosts, y + inset, options.scale)
      : packRows(own, ghosts, y + inset, options.scale);
    const height = inset + rows.count * ROW + PADDING;
    lanes.push({ ...lane, y, height, heading, collapsed, bars: rows.placed });
    y += height;
  }
  return { lanes, top: AXIS_HEIGHT, height: y + 6 };
}

function inGroups(view: TimelineView, groups: readonly string[]) {
  const rank = (group: string) => (groups.includes(group) ? groups.indexOf(group) : groups.length);
  return view.lanes.toSorted((a, b) => rank(a.group) - rank(b.group));
}

interface Rows {
  readonly placed: readonly PlacedBar[];
  readonly count: number;
}

/** First come, first placed: into the first row where neither the bar nor its words touch others. */
function packRows(
  bars: readonly TimeBar[],
  ghosts: ReadonlyMap<string, TimeBar>,
  top: number,
  scale: TimeScale,
): Rows {
  const ends: number[] = [];
  const placed = bars.map((bar) => {
    const flat = placeBar(bar, ghosts.get(bar.id), scale);
    const [from, to] = extent(flat);
    let row = ends.findIndex((end) => end + 8 <= from);
    if (row === -1) row = Math.min(ends.length, MAX_ROWS);
    ends[row] = to;
    return { ...flat, y: top + row * ROW + (ROW - flat.height) / 2 };
  });
  return { placed, count: Math.max(1, ends.length) };
}

function oneRow(
  bars: readonly TimeBar[],
  ghosts: ReadonlyMap<string, TimeBar>,
  top: number,
  scale: TimeScale,
): Rows {
  const placed = bars.map((bar) => {
    const flat = placeBar(bar, ghosts.get(bar.id), scale);
    return {
      ...flat,
      y: top + (ROW - flat.height) / 2,
      label: { ...flat.label, text: '' },
    };
  });
  return { placed, count: 1 };
}

function placeBar(bar: TimeBar, ghost: TimeBar | undefined, scale: TimeScale): PlacedBar {
  const x1 = clampX(scale, scale.x(bar.from.earliest));
  const x2 = Math.max(x1 + 2, clampX(scale, endX(scale, bar.to.latest)));
  const sure = sureX(bar, scale);
  const changed =
    ghost &&
    (ghost.from.earliest !== bar.from.earliest || ghost.to.latest !== bar.to.latest) &&
    ([
      clampX(scale, scale.x(ghost.from.earliest)),
      clampX(scale, endX(scale, ghost.to.latest)),
    ] as const);
  return {
    bar,
    y: 0,
    height: bar.kind === 'event' ? 13 : 15,
    x1,
    x2,
    sure,
    ghost: changed || null,
    label: labelOf(bar, x1, x2, sure, scale),
  };
}

function endX(scale: TimeScale, latest: number | null): number {
  return latest === null ? scale.right : scale.x(latest);
}

function clampX(scale: TimeScale, x: number): number {
  return Math.min(scale.right, Math.max(scale.left, x));
}

function sureX(bar: TimeBar, scale: TimeScale): readonly [number, number] | null {
  if (bar.kind === 'event' || bar.from.latest === null) return null;
  if (bar.from.latest >= bar.to.earliest) return null;
  return [clampX(scale, scale.x(bar.from.latest)), clampX(scale, scale.x(bar.to.earliest))];
}

/** Inside where a bar is long enough, else behind it, else before it, else cut off inside. */
function labelOf(
  bar: TimeBar,
  x1: number,
  x2: number,
  sure: readonly [number, number] | null,
  scale: TimeScale,
): PlacedBar['label'] {
  const width = widthOf(bar.label);
  const text = bar.label;
  // Not across the end of what is sure: marks stand there.
  if (sure && sure[1] - x1 < width + 10 && sure[1] + AFTER + width + 4 <= x2) {
    return { x: sure[1] + AFTER, anchor: 'start', text };
  }
  const straddles = sure && sure[1] - x1 < width + 10;
  const inside = bar.kind !== 'event' && width + 10 <= x2 - x1;
  if (inside && !straddles) return { x: x1 + 6, anchor: 'start', text };
  if (x2 + AFTER + width <= scale.right) return { x: x2 + AFTER, anchor: 'start', text };
  if (inside) return { x: x1 + 6, anchor: 'start', text };
  if (width + 12 <= x2 - x1) return { x: x1 + 9, anchor: 'start', text };
  if (x1 - 7 - width >= scale.left) return { x: x1 - 7, anchor: 'end', text };
  const room = Math.max(scale.right - x1 - 9, x1 - scale.left - 7);
  const fits = Math.max(0, Math.floor(room / CHARACTER) - 1);
  const cut = text.length <= fits ? text : fits < 4 ? '' : `${text.slice(0, fits)}…`;
  return scale.right - x1 - 9 >= x1 - scale.left - 7
    ? { x: x1 + 9, anchor: 'start', text: cut }
    : { x: x1 - 7, anchor: 'end', text: cut };
}

function extent({ x1, x2, label, ghost }: PlacedBar): readonly [number, number] {
  const width = widthOf(label.text);
  const from = label.anchor === 'start' ? label.x : label.x - width;
  return [Math.min(x1, from, ghost?.[0] ?? x1), Math.max(x2, from + width, ghost?.[1] ?? x2)];
}

/** How wide words are, at a guess: a drawing is made without a page to measure on. */
export function widthOf(text: string): number {
  return text.length * CHARACTER;
}

/** Where an event stands, for marks laid over the bars. */
export function findBar(layout: TimelineLayout, event: string): PlacedBar | undefined {
  for (const lane of layout.lanes) {
    const found = lane.bars.find(({ bar }) => bar.id === event || bar.covers.includes(event));
    if (found) return found;
  }
  return undefined;
}
