// What is known at a moment of a timeline: by each component, and of each endpoint.
import type {
  EventView,
  Place,
  TimelineView,
  WindowView,
} from '../../../server/src/protocol/index.ts';
import { standingAt } from './time-bars.ts';

export interface LaneKnowledge {
  readonly lane: string;
  readonly label: string;
  /** The last thing that has surely happened, and what may have. */
  readonly last: EventView | null;
  readonly maybe: readonly EventView[];
}

export interface Moment {
  readonly done: readonly EventView[];
  readonly maybe: readonly EventView[];
  readonly lanes: readonly LaneKnowledge[];
}

export function momentOf(view: TimelineView, moment: number): Moment {
  const done = view.events.filter((it) => standingAt(it.window, moment) === 'done');
  const maybe = view.events.filter((it) => standingAt(it.window, moment) === 'maybe');
  const doneBy = byLane(done);
  const maybeBy = byLane(maybe);
  const lanes = view.lanes.map(({ id, label }) => ({
    lane: id,
    label,
    last: latestOf(doneBy.get(id) ?? []),
    maybe: maybeBy.get(id) ?? [],
  }));
  return { done, maybe, lanes };
}

function byLane(events: readonly EventView[]): ReadonlyMap<string, readonly EventView[]> {
  const lanes = new Map<string, EventView[]>();
  for (const event of events) {
    const own = lanes.get(event.lane);
    if (own) own.push(event);
    else lanes.set(event.lane, [event]);
  }
  return lanes;
}

function latestOf(events: readonly EventView[]): EventView | null {
  let last: EventView | null = null;
  for (const event of events) {
    if (!last || (event.window.latest ?? 0) >= (last.window.latest ?? 0)) last = event;
  }
  return last;
}

const MAX_PLACES = 12;

/** The lines that matter now: of events that may be happening, the nearest to begin first. */
export function placesAt(view: TimelineView, moment: number): readonly Place[] {
  const now = view.events
    .filter((it) => it.place && standingAt(it.window, moment) === 'maybe')
    .sort((a, b) => b.window.earliest - a.window.earliest);
  const seen = new Map<string, Place>();
  for (const { place } of now) {
    if (place && seen.size < MAX_PLACES) seen.set(JSON.stringify(place), place);
  }
  return [...seen.values()];
}

/** One endpoint's conditions over a timeline: each holds from its window on. */
export interface EndpointPhase {
  readonly from: WindowView;
  readonly label: string;
  readonly state: 'absent' | 'not-ready' | 'ready' | 'terminating';
  readonly conditions: string;
}

export interface EndpointStrip {
  readonly service: string;
  readonly phases: readonly EndpointPhase[];
}

const START: WindowView = { earliest: 0, latest: 0 };
const ABSENT = { label: 'not in a slice', state: 'absent', conditions: '' } as const;

/** From a shutdown: ready, then terminating, then gone. */
export function shutdownStrips(view: TimelineView): readonly EndpointStrip[] {
  return eventsNamed(view, 'slice-updated:').map(([service, updated]) => {
    const removed = eventsNamed(view, 'slice-removed:').find(([name]) => name === service);
    const end: readonly EndpointPhase[] = removed ? [{ from: removed[1].window, ...ABSENT }] : [];
    return {
      service,
      phases: [
        {
          from: START,
          label: 'ready',
          state: 'ready',
          conditions: 'ready: true, serving: true, terminating: false',
        },
        {
          from: updated.window,
          label: 'terminating',
          state: 'terminating',
          conditions: 'ready: false, serving: as probed, terminating: true',
        },
        ...end,
      ],
    };
  });
}

/** From a start: absent, then listed but not ready, then ready. */
export function startStrips(view: TimelineView): readonly EndpointStrip[] {
  const published = view.events.find((it) => it.id === 'ip-published');
  return eventsNamed(view, 'slice-ready:').map(([service, ready]) => {
    const listed: readonly EndpointPhase[] = published
      ? [
          {
            from: published.window,
            label: 'not ready',
            state: 'not-ready',
            conditions: 'ready: false, serving: false, terminating: false',
          },
        ]
      : [];
    return {
      service,
      phases: [
        { from: START, ...ABSENT },
        ...listed,
        {
          from: ready.window,
          label: 'ready',
          state: 'ready',
          conditions: 'ready: true, serving: true, terminating: false',
        },
      ],
    };
  });
}

function eventsNamed(
  view: TimelineView,
  prefix: string,
): readonly (readonly [string, EventView])[] {
  return view.events
    .filter((it) => it.id.startsWith(prefix))
    .map((it) => [it.id.slice(prefix.length), it] as const);
}

/** The phases an endpoint can be in at a moment: one, or several while it is open which. */
export function phasesAt({ phases }: EndpointStrip, moment: number): readonly EndpointPhase[] {
  return phases.filter((phase, index) => {
    const next = phases[index + 1];
    const begun = moment >= phase.from.earliest;
    return begun && (!next || standingAt(next.from, moment) !== 'done');
  });
}
