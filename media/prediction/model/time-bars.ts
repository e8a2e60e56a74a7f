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
  readonly place: Place | null;
  readonly describe: EventView['describe'];
}

const BEGINNING: WindowView = { earliest: 0, latest: 0 };

/** Whether who sends and who accepts is drawn: not, before all else, or nothing else. */
export type States = 'none' | 'first' | 'only';

/** All bars of a timeline in the order they are drawn: states, then spans and events by time. */
export function barsOf(view: TimelineView, states: States): readonly TimeBar[] {
  if (states === 'only') return view.events.flatMap(stateUntil);
  const events = new Map(view.events.map((it) => [it.id, it]));
  const spans = view.spans.flatMap((span): readonly TimeBar[] => {
    const from = events.get(span.from);
    const to = events.get(span.to);
    if (!from || !to) return [];
    return [{ ...span, kind: 'span', from: from.window, to: to.window, describe: null }];
  });
  const moments = view.events.map((event): TimeBar => ({
    ...event,
    kind: 'event',
    style: momentStyle(event.id),
    from: event.window,
    to: event.window,
  }));
  const byTime = [...spans, ...moments].sort(
    (a, b) => a.from.earliest - b.from.earliest || end(a) - end(b),
  );
  return states === 'first' ? [...view.events.flatMap(stateUntil), ...byTime] : byTime;
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

/** What went on from the beginning until an event ends it. */
function stateUntil(event: EventView): readonly TimeBar[] {
  const state = STATES.find((it) => event.id.startsWith(it.prefix));
  if (!state) return [];
  const { id, lane, window, certainty, message, place } = event;
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
      message,
      place,
      describe: null,
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
