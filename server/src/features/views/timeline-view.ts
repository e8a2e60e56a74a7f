/** A pod's timeline as the drawing wants it: windows in seconds, places resolved. */
import type {
  EventOrder,
  ExpectedOrder,
  LifecycleEvent,
  LifecycleSpan,
  LifecycleTimeline,
  OrderProof,
} from '../../lifecycle/index.ts';
import { formatSeconds, weakestCertainty, type TimeWindow } from '../../explanation/index.ts';
import type {
  EventView,
  OrderVerdictView,
  PodEventView,
  SpanView,
  TimelineView,
  WindowView,
} from '../../protocol/index.ts';
import { certainSteps, decisiveSteps, type WitnessStep } from '../../races/index.ts';
import { placeOf } from '../places.ts';
import type { DescribeBound } from './bounds.ts';
import type { PodEvents } from './pod-events.ts';

/** A window without infinities. */
export function windowView({ earliest, latest }: TimeWindow): WindowView {
  return { earliest: finite(earliest), latest: Number.isFinite(latest) ? latest : null };
}

function finite(seconds: number): number {
  return Number.isFinite(seconds) ? seconds : 0;
}

export function timelineView(
  timeline: LifecycleTimeline,
  podEvents: PodEvents,
  bounds: DescribeBound,
): TimelineView {
  // What never happens in this life (a probe that never turns) is not drawn.
  const events = timeline.events.filter((it) => Number.isFinite(it.window.earliest));
  const shown = new Set(events.map((it) => it.id));
  const spans = timeline.spans.filter((it) => shown.has(it.from) && shown.has(it.to));
  return {
    lanes: timeline.lanes.map(({ id, label, group }) => ({ id, label, group })),
    events: events.map((it) => eventView(it, podEvents(it), bounds)),
    spans: spans.map(spanView),
    origin: timeline.origin,
    horizon: horizonOf(events),
  };
}

/** The drawing ends a little behind the last bounded moment. */
function horizonOf(events: readonly LifecycleEvent[]): number {
  const ends = events.map(({ window }) =>
    Number.isFinite(window.latest) ? window.latest : window.earliest,
  );
  const last = Math.max(1, ...ends.filter((it) => Number.isFinite(it)));
  return last * 1.04;
}

function eventView(
  event: LifecycleEvent,
  describe: readonly PodEventView[],
  bounds: DescribeBound,
): EventView {
  return {
    id: event.id,
    lane: event.lane,
    label: event.label,
    window: windowView(event.window),
    certainty: event.certainty,
    message: event.explanation.message,
    restsOn: event.assumptions.map(bounds),
    place: placeOf(event.setBy ?? event.explanation.cites[0]),
    describe,
  };
}

function spanView(span: LifecycleSpan): SpanView {
  return {
    id: span.id,
    lane: span.lane,
    label: span.label,
    from: span.from,
    to: span.to,
    certainty: span.certainty,
    message: span.explanation.message,
    place: placeOf(span.setBy ?? span.explanation.cites[0]),
    style: span.style,
  };
}

/** Every order that ought to hold, with its proof or a run that breaks it. */
export function verdictViews(timeline: LifecycleTimeline): readonly OrderVerdictView[] {
  return timeline.expected.flatMap((expected) => {
    if (cannotTell(timeline, expected)) return [];
    const order = timeline.order(expected.first, expected.second);
    const verdict = verdictView(timeline, expected, order);
    return verdict ? [verdict] : [];
  });
}

/**
 * An order whose first event nobody bounds, such as an app's exit when nothing is known of how it
 * drains: any answer would be a guess, so there is none.
 */
function cannotTell(timeline: LifecycleTimeline, { first }: ExpectedOrder): boolean {
  const event = timeline.event(first);
  return event?.certainty === 'assumed' && event.window.latest === Infinity;
}

function verdictView(
  timeline: LifecycleTimeline,
  expected: ExpectedOrder,
  order: EventOrder,
): OrderVerdictView | undefined {
  const base = { id: expected.id, label: expected.label, marginSeconds: null };
  const certainty = weakestCertainty(
    [expected.first, expected.second].flatMap((id) => timeline.event(id)?.certainty ?? []),
  );
  switch (order.relation) {
    case 'before': {
      const margin = formatSeconds(order.proof.marginSeconds);
      const { marginSeconds } = order.proof;
      const message =
        Number.isFinite(marginSeconds) && marginSeconds > 0
          ? `holds by ${margin}`
          : 'holds in every run';
      return {
        ...base,
        holds: true,
        certainty,
        message,
        marginSeconds: Number.isFinite(marginSeconds) ? marginSeconds : null,
        window: null,
        witness: [],
        proof: proofLines(order.proof),
      };
    }
    case 'after':
      return {
        ...base,
        holds: false,
        certainty,
        message: expected.otherwise,
        window: raceWindow(timeline, expected),
        witness: certainSteps(timeline, order.proof.chain, [expected.first, expected.second]).map(
          withEvent,
        ),
        proof: proofLines(order.proof),
      };
    case 'unordered':
      return {
        ...base,
        holds: false,
        certainty,
        message: `${expected.otherwise} (by up to ${formatSeconds(order.bFirst.gapSeconds)})`,
        window: raceWindow(timeline, expected),
        witness: decisiveSteps(timeline, order.bFirst).map(withEvent),
        proof: [],
      };
    case 'undecided':
      return undefined;
  }
}

/** From the first moment the second can happen to the last at which the first still may. */
function raceWindow(
  timeline: LifecycleTimeline,
  { first, second }: ExpectedOrder,
): WindowView | null {
  const a = timeline.event(first)?.window;
  const b = timeline.event(second)?.window;
  return a && b ? windowView({ earliest: b.earliest, latest: a.latest }) : null;
}

function withEvent({ at, text, event }: WitnessStep) {
  return { at, text, event: event ?? '' };
}

function proofLines(proof: OrderProof): readonly string[] {
  // What follows at once neither helps nor hurts.
  const steps = proof.chain.filter((it) => it.seconds > 0);
  return steps.map(({ edge, side, seconds }) => {
    const bound = side === 'sooner' ? 'at the most' : 'at the least';
    return `${edge.explanation.message} (${bound} ${formatSeconds(seconds)})`;
  });
}
