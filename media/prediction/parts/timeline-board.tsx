// A timeline to work on: zoom, pan, keys, collapsing, and the words about the bar under the pointer.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TimelineView } from '../../../server/src/protocol/index.ts';
import { Timeline, layoutOf, scaleOf, type Band, type StepMark } from '../charts/timeline.tsx';
import type { Desk } from '../model/desk.ts';
import { barsOf, type States } from '../model/time-bars.ts';
import { panBy, WHOLE, zoomAt, type Zoom } from '../model/time.ts';
import { BarWords, Legend } from './bar-words.tsx';
import { BarTable } from './text-twin.tsx';

export interface BoardProps {
  readonly desk: Desk;
  readonly name: string;
  readonly view: TimelineView;
  readonly baseline: TimelineView | null;
  readonly groups: readonly string[];
  readonly states: States;
  readonly band?: Band | null;
  readonly steps?: readonly StepMark[];
  /** Without buttons and words: a glance, not a place to work. */
  readonly glance?: boolean;
  readonly moment: number | null;
  readonly setMoment: (moment: number) => void;
}

const NO_STEPS: readonly StepMark[] = [];

export function TimelineBoard(board: BoardProps) {
  const { desk, name, view, baseline, groups, states, moment } = board;
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const [hovered, setHovered] = useState<string | null>(null);
  const [stop, setStop] = useState<string | null>(null);
  const collapsed = useMemo(() => new Set(desk.ui.collapsed), [desk.ui.collapsed]);
  const { width } = desk;
  const { stretched } = desk.ui;
  const whole = useWhole(desk.gradual ?? false);
  const props = {
    name,
    view,
    baseline,
    width,
    zoom,
    stretched,
    collapsed,
    groups,
    states,
    band: board.band ?? null,
    steps: board.steps ?? NO_STEPS,
    moment,
    stop,
    sight: whole ? null : SIGHT,
  };
  const layout = useMemo(
    () => layoutOf(props),
    [view, baseline, width, zoom, stretched, collapsed, groups, states],
  );
  const bars = useMemo(() => barsOf(view, states), [view, states]);
  // The same element again: a scrubber would have its thousand rows compared in every frame.
  const table = useMemo(() => <BarTable name={name} view={view} bars={bars} />, [name, view, bars]);
  const shown = bars.find((it) => it.id === hovered) ?? null;
  const handlers = useGestures({
    board,
    zoom,
    setZoom,
    setHovered,
    setStop,
    scale: scaleOf(props),
  });
  return (
    <div class="board">
      {!board.glance && (
        <div class="toolbar">
          <ZoomButtons zoom={zoom} setZoom={setZoom} />
          <label class="check">
            <input
              type="checkbox"
              checked={stretched}
              onChange={() => desk.change({ stretched: !stretched })}
            />
            early seconds wider
          </label>
          <Legend baseline={baseline !== null} />
        </div>
      )}
      <div class="canvas" {...handlers}>
        <Timeline {...props} layout={layout} />
      </div>
      {(!board.glance || shown) && <BarWords desk={desk} bar={shown} />}
      {whole && table}
    </div>
  );
}

/** Pixels of a drawing that may be in sight when it is drawn first. */
const SIGHT = 1000;

/** False for the first frame of a board that is drawn gradually. */
function useWhole(gradual: boolean): boolean {
  const [whole, setWhole] = useState(!gradual);
  useEffect(() => setWhole(true), []);
  return whole;
}

function ZoomButtons({ zoom, setZoom }: { zoom: Zoom; setZoom: (zoom: Zoom) => void }) {
  return (
    <div class="buttons" role="group" aria-label="Zoom">
      <button
        type="button"
        aria-label="Zoom out"
        title="Zoom out (Ctrl+wheel)"
        onClick={() => setZoom(zoomAt(zoom, 1.6))}
      >
        −
      </button>
      <button
        type="button"
        aria-label="Zoom in"
        title="Zoom in (Ctrl+wheel)"
        onClick={() => setZoom(zoomAt(zoom, 0.625))}
      >
        +
      </button>
      {zoom !== WHOLE && (
        <button type="button" onClick={() => setZoom(WHOLE)}>
          Whole
        </button>
      )}
    </div>
  );
}

interface Gestures {
  readonly board: BoardProps;
  readonly zoom: Zoom;
  readonly scale: ReturnType<typeof scaleOf>;
  readonly setZoom: (zoom: Zoom) => void;
  readonly setHovered: (bar: string | null) => void;
  readonly setStop: (bar: string) => void;
}

function useGestures({ board, zoom, scale, setZoom, setHovered, setStop }: Gestures) {
  const drag = useRef<{ x: number; zoom: Zoom; moved: boolean; scrubs: boolean } | null>(null);
  const { desk, view, states } = board;
  const activate = (id: string) => {
    if (id.startsWith('lane:')) return toggleLane(desk, id.slice('lane:'.length));
    const place = barsOf(view, states).find((it) => it.id === id)?.place;
    if (place) desk.send({ type: 'reveal', place });
  };
  const localX = (event: MouseEvent) =>
    event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
  const timeAt = (event: MouseEvent) =>
    Math.min(view.horizon, Math.max(0, scale.time(localX(event))));
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const scrubs = event.clientY - box.top < 30;
      drag.current = { x: event.clientX, zoom, moved: false, scrubs };
      if (scrubs) board.setMoment(timeAt(event));
    },
    onPointerMove: (event: PointerEvent) => {
      const at = drag.current;
      if (!at) return setHovered(stopOf(event) ?? null);
      if (event.buttons === 0) {
        drag.current = null;
        return;
      }
      if (at.scrubs) return board.setMoment(timeAt(event));
      const by = event.clientX - at.x;
      if (Math.abs(by) > 4 && !at.moved) {
        at.moved = true;
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      }
      if (at.moved) setZoom(panBy(at.zoom, -by / (scale.right - scale.left)));
    },
    onPointerLeave: () => setHovered(null),
    onClick: (event: MouseEvent) => {
      const moved = drag.current?.moved ?? false;
      drag.current = null;
      const id = stopOf(event);
      if (id && !moved) activate(id);
    },
    onWheel: (event: WheelEvent) => {
      // Alone the wheel scrolls the page; with Ctrl (or pinched) it zooms, with Shift it pans.
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const centre = (localX(event) - scale.left) / (scale.right - scale.left);
        setZoom(zoomAt(zoom, event.deltaY > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, centre))));
      } else if (event.shiftKey) {
        event.preventDefault();
        setZoom(panBy(zoom, (event.deltaY || event.deltaX) / 600));
      }
    },
    onFocusIn: (event: FocusEvent) => {
      const id = stopOf(event);
      if (!id) return;
      setStop(id);
      setHovered(id);
    },
    onFocusOut: () => setHovered(null),
    onKeyDown: (event: KeyboardEvent) => {
      const id = stopOf(event);
      if (id && (event.key === 'Enter' || event.key === ' ')) activate(id);
      else if (!walk(event) && !zoomByKey(event.key, zoom, setZoom)) return;
      event.preventDefault();
    },
  };
}

function stopOf(event: Event): string | undefined {
  const element = (event.target as Element | null)?.closest('[data-stop]');
  return element?.getAttribute('data-stop') ?? undefined;
}

function toggleLane({ ui, change }: Desk, lane: string): void {
  const { collapsed } = ui;
  change({
    collapsed: collapsed.includes(lane)
      ? collapsed.filter((it) => it !== lane)
      : [...collapsed, lane],
  });
}

const WALKS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

/** Moves the focus among the bars and lane heads, in reading order. */
function walk(event: KeyboardEvent): boolean {
  const canvas = event.currentTarget as HTMLElement;
  const stops = [...canvas.querySelectorAll<SVGElement>('[data-stop]')].sort(byPosition);
  const at = stops.findIndex((it) => it === document.activeElement);
  const step = WALKS[event.key];
  let next: SVGElement | undefined;
  if (event.key === 'Home') next = stops[0];
  else if (event.key === 'End') next = stops.at(-1);
  else if (step !== undefined) next = stops[Math.min(stops.length - 1, Math.max(0, at + step))];
  next?.focus();
  return next !== undefined;
}

function byPosition(a: Element, b: Element): number {
  const [first, second] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
  const rows = first.top - second.top;
  return Math.abs(rows) > 6 ? rows : first.left - second.left;
}

function zoomByKey(key: string, zoom: Zoom, setZoom: (zoom: Zoom) => void): boolean {
  const next: Readonly<Record<string, Zoom>> = {
    '+': zoomAt(zoom, 0.625),
    '=': zoomAt(zoom, 0.625),
    '-': zoomAt(zoom, 1.6),
    '0': WHOLE,
    a: panBy(zoom, -0.2),
    d: panBy(zoom, 0.2),
  };
  if (!next[key]) return false;
  setZoom(next[key]);
  return true;
}
