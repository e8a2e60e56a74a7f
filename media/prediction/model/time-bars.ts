// What is drawn as a bar: events with their bounds, spans between two events, and, where the
// drawing is about traffic, who still sends and who still accepts.
import type {
  CertaintyView,
  EventView,
  Place,
  TimelineView,
  WindowView,
} from '../../../server/src/protocol/index.ts';

export interface TimeBar {
  readonly id: string;
  readonly lane: string;
  readonly kind: 'event' | 'span' | 'state';
  /** Picks the colour: a span's style, or what kind of moment an event is. */
  readonly style: string;
  readonly label: string;
  /** An event's bar runs from its earliest to its latest moment; `from` and `to` are the same. */
  readonly from: WindowView;
  readonly to: WindowView;
  readonly certainty: CertaintyView;
  readonly message: string;
  /** What its bounds add up from. */
  readonly restsOn: readonly string[];
  readonly place: Place | null;
  /** Events that it draws with its ends, and that have no bar of their own. */
  readonly covers: readonly string[];
}

const BEGINNING: WindowView = { earliest: 0, latest: 0 };

/** Whether who sends and who accepts is drawn: not, before all else, or nothing else. */
export type States = 'none' | 'first' | 'only';

/** All bars of a timeline in the order they are drawn: states, then spans and events by time. */
export function barsOf(view: TimelineView, states: States): readonly TimeBar[] {
  const stateBars = states === 'none' ? [] : stateBarsOf(view);
  if (states === 'only') return stateBars;
  const drawn = new Set(stateBars.flatMap((it) => it.covers));
  const spans = spanBars(view).filter(
    (it) => !drawn.has(it.covers.at(-1) ?? '') && !(it.style === 'serving' && isLost(view)),
  );
  const hooks = spans.filter((it) => it.style === 'hook');
  for (const { covers } of hooks) covers.forEach((it) => drawn.add(it));
  const moments = view.events.filter((it) => !drawn.has(it.id)).map(momentBar);
  const byTime = [...spans, ...moments].sort(
    (a, b) => a.from.earliest - b.from.earliest || end(a) - end(b),
  );
  return [...stateBars, ...byTime];
}

/** Of an app on a node that is lost nobody knows whether it still accepts. */
function stateBarsOf(view: TimelineView): readonly TimeBar[] {
  const lost = isLost(view);
  return view.events
    .filter((it) => !lost || !it.id.startsWith('stops-accepting:'))
    .flatMap((it) => stateUntil(it, view));
}

function isLost({ events }: TimelineView): boolean {
  return events.some((it) => it.id === 'unreachable');
}

function spanBars(view: TimelineView): readonly TimeBar[] {
  const events = new Map(view.events.map((it) => [it.id, it]));
  return view.spans.flatMap((span): readonly TimeBar[] => {
    const from = events.get(span.from);
    const to = events.get(span.to);
    if (!from || !to) return [];
    const covers = [span.from, span.to];
    const own = to.restsOn.filter((it) => !from.restsOn.includes(it));
    const restsOn = own.length > 0 ? own : to.restsOn;
    return [{ ...span, kind: 'span', from: from.window, to: to.window, restsOn, covers }];
  });
}

function momentBar(event: EventView): TimeBar {
  const { id, window } = event;
  return { ...event, kind: 'event', style: momentStyle(id), from: window, to: window, covers: [] };
}

function end({ to }: TimeBar): number {
  return to.latest ?? Number.POSITIVE_INFINITY;
}

function momentStyle(id: string): string {
  if (id.startsWith('sigkill') || id.startsWith('boot-kill')) return 'kill';
  if (id.startsWith('sigterm')) return 'term';
  return 'moment';
}

const STATES = [
  { prefix: 'forgotten:', label: 'sends new connections to the pod', style: 'sends' },
  { prefix: 'stops-accepting:', label: 'accepts connections', style: 'serving' },
] as const;

/** What went on from the beginning until an event ends it; a span up to the event says why. */
function stateUntil(event: EventView, { spans }: TimelineView): readonly TimeBar[] {
  const state = STATES.find((it) => event.id.startsWith(it.prefix));
  if (!state) return [];
  const { id, lane, window, certainty, message, restsOn, place } = event;
  const span = spans.find((it) => it.to === id && it.lane === lane);
  const why = span && !message.includes(span.message) ? `${message}. ${span.message}` : message;
  return [
    {
      id: `state:${id}`,
      lane,
      kind: 'state',
      style: state.style,
      label: state.label,
      from: BEGINNING,
      to: window,
      certainty,
      message: why,
      restsOn,
      place: place ?? span?.place ?? null,
      covers: [id],
    },
  ];
}

/** What an event is at a moment: behind us for sure, perhaps, or not yet. */
export type Standing = 'done' | 'maybe' | 'ahead';

export function standingAt(window: WindowView, moment: number): Standing {
  if (moment < window.earliest) return 'ahead';
  return window.latest !== null && moment >= window.latest ? 'done' : 'maybe';
}

/** A bar's standing: a span that has begun and not surely ended is going on, perhaps. */
export function barStanding({ from, to }: TimeBar, moment: number): Standing {
  if (moment < from.earliest) return 'ahead';
  return to.latest !== null && moment >= to.latest ? 'done' : 'maybe';
}
