/**
 * A timeline as text: a bar chart that a terminal shows, a golden holds and a screen reader reads.
 * `█` is surely going on, `░` may be going on; `●` happens at one moment, `├┤` somewhere between.
 */
import { formatSeconds } from '../explanation/index.ts';
import type { EventView, SpanView, TimelineView, WindowView } from '../protocol/index.ts';
import { fit, PLAIN, type Style } from './text-style.ts';

/** Character widths of the columns. */
export interface TextLayout {
  readonly label: number;
  readonly chart: number;
}

const CHART_WIDTH = 44;
/** Labels get the room that the longest needs, within these. */
const LABEL_WIDTHS = { least: 30, most: 62 };

/** The lines of a timeline, lane by lane. */
export function timelineText(
  timeline: TimelineView,
  style: Style = PLAIN,
  layout: TextLayout = layoutFor(timeline),
): readonly string[] {
  const scale = scaleOf(timeline, layout.chart);
  const lines: string[] = [axis(scale, layout, style)];
  for (const lane of timeline.lanes) {
    const rows = rowsOf(timeline, lane.id);
    if (rows.length === 0) continue;
    lines.push(style('strong', lane.label));
    for (const row of rows) lines.push(`  ${rowText(row, scale, layout, style)}`);
  }
  return lines;
}

function layoutFor({ events, spans }: TimelineView): TextLayout {
  const longest = Math.max(0, ...[...events, ...spans].map((it) => it.label.length + 3));
  const { least, most } = LABEL_WIDTHS;
  return { label: Math.min(Math.max(longest, least), most), chart: CHART_WIDTH };
}

interface Scale {
  readonly horizon: number;
  readonly width: number;
}

interface Row {
  readonly label: string;
  readonly from: WindowView;
  readonly to: WindowView;
  readonly moment: boolean;
  readonly assumed: boolean;
}

function scaleOf(timeline: TimelineView, width: number): Scale {
  return { horizon: Math.max(timeline.horizon, 0.001), width };
}

function rowsOf(timeline: TimelineView, lane: string): readonly Row[] {
  const windows = new Map(timeline.events.map((it) => [it.id, it.window]));
  const spans = timeline.spans.filter((it) => it.lane === lane).map((it) => spanRow(it, windows));
  const covered = new Set(
    timeline.spans.filter((it) => it.lane === lane).flatMap((it) => [it.label]),
  );
  const events = timeline.events
    .filter((it) => it.lane === lane && !covered.has(it.label))
    .map(eventRow);
  return [...events, ...spans].sort(
    (a, b) => a.from.earliest - b.from.earliest || end(a.to) - end(b.to),
  );
}

function eventRow({ label, window, certainty }: EventView): Row {
  return { label, from: window, to: window, moment: true, assumed: certainty === 'assumed' };
}

function spanRow(span: SpanView, windows: ReadonlyMap<string, WindowView>): Row {
  const zero: WindowView = { earliest: 0, latest: 0 };
  return {
    label: span.label,
    from: windows.get(span.from) ?? zero,
    to: windows.get(span.to) ?? zero,
    moment: false,
    assumed: span.certainty === 'assumed',
  };
}

function rowText(row: Row, scale: Scale, layout: TextLayout, style: Style): string {
  const label = fit(row.label, layout.label - 2);
  const bar = row.moment ? momentBar(row.from, scale) : spanBar(row, scale);
  const when = row.moment
    ? windowText(row.from)
    : `${windowText(row.from)} → ${windowText(row.to)}`;
  const note = row.assumed ? style('dim', ' (assumed)') : '';
  return `${label}${style(row.assumed ? 'dim' : 'accent', bar)} ${when}${note}`;
}

function momentBar(window: WindowView, scale: Scale): string {
  const from = column(window.earliest, scale);
  const to = column(end(window), scale);
  if (to === from) return place(scale, from, '●');
  return place(scale, from, `├${'─'.repeat(Math.max(0, to - from - 1))}┤`);
}

function spanBar({ from, to }: Row, scale: Scale): string {
  const cells: string[] = [];
  const first = column(from.earliest, scale);
  const sureFrom = column(end(from), scale);
  const sureTo = column(to.earliest, scale);
  const last = Math.max(column(end(to), scale), first);
  for (let i = first; i <= last; i++) cells.push(i >= sureFrom && i <= sureTo ? '█' : '░');
  return place(scale, first, cells.join(''));
}

function place({ width }: Scale, at: number, text: string): string {
  return fit(' '.repeat(at) + text, width + 1);
}

function column(seconds: number, { horizon, width }: Scale): number {
  return Math.round((Math.min(Math.max(seconds, 0), horizon) / horizon) * (width - 1));
}

function end(window: WindowView): number {
  return window.latest ?? Infinity;
}

/** `3s`, `1s–4s`, `from 3s`. */
export function windowText({ earliest, latest }: WindowView): string {
  if (latest === null) return `from ${formatSeconds(earliest)}`;
  if (Math.abs(latest - earliest) < 0.005) return formatSeconds(earliest);
  return `${formatSeconds(earliest)}–${formatSeconds(latest)}`;
}

function axis(scale: Scale, layout: TextLayout, style: Style): string {
  const step = tickStep(scale.horizon);
  let text = '';
  for (let tick = 0; tick <= scale.horizon; tick += step) {
    const at = column(tick, scale);
    if (at >= text.length) text = `${text.padEnd(at)}${formatSeconds(tick)} `;
  }
  return style('dim', `${' '.repeat(layout.label)}${text.trimEnd()}`);
}

/** A round step that gives four to eight ticks. */
function tickStep(horizon: number): number {
  const rough = horizon / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((it) => it * power >= rough) ?? 10);
}
