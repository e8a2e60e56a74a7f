/**
 * Events and the bounds between them: a simple temporal network whose joins are "waits for all" and
 * "the first of". Every event's time is a function of the delays on the edges, so one network
 * stands for every run the bounds allow. Loops (retries, probes) are closed forms on one edge.
 * Which of two events comes first is decided in `event-order.ts`.
 */
import { never, type Certainty, type Explanation, type TimeWindow } from '../explanation/index.ts';
import type { Citable } from '../manifest/index.ts';

/** Whether an event waits for all of its edges or happens with the first of them. */
export type Join = 'all' | 'any';

/** A moment of the network. An event without incoming edges is an origin, at 0 seconds. */
export interface NetworkEvent {
  readonly id: string;
  /** `all` where it is left out. */
  readonly join?: Join;
}

/** `to` follows `from` after a delay within the bounds, if nothing else holds it back. */
export interface NetworkEdge {
  readonly from: string;
  readonly to: string;
  readonly delay: TimeWindow;
  readonly certainty: Certainty;
  /** Why the delay is as long as it is. */
  readonly explanation: Explanation;
  /** The profile parameter or app assumption behind the delay: `p.eps`, `app.drain-seconds`. */
  readonly parameter?: string;
  /** The field that sets the delay, whether or not it is written. */
  readonly setBy?: Citable;
}

/** A delay chosen for one edge. */
export interface ChosenDelay {
  readonly edge: NetworkEdge;
  readonly seconds: number;
}

/** One concrete run: every event's moment, and the delays that make it so. */
export interface ConcreteTimeline {
  /** In the order they happen. */
  readonly moments: readonly { readonly id: string; readonly seconds: number }[];
  readonly delays: readonly ChosenDelay[];
}

/** The network by numbers; `event-order.ts` works on it. */
export interface CompiledNetwork {
  readonly ids: readonly string[];
  readonly joins: readonly Join[];
  readonly edges: readonly NetworkEdge[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  /** The edges into each event. */
  readonly into: readonly (readonly number[])[];
  /** Every event after all it depends on; the origins first. */
  readonly sorted: readonly number[];
  /** The place of each event in `sorted`. */
  readonly rank: readonly number[];
}

export class TemporalNetwork {
  readonly compiled: CompiledNetwork;
  readonly #numbers: ReadonlyMap<string, number>;
  /** By the events' numbers. */
  #windows: readonly TimeWindow[] | undefined;

  constructor(events: readonly NetworkEvent[], edges: readonly NetworkEdge[]) {
    const numbers = new Map<string, number>();
    for (const { id } of events) {
      if (numbers.has(id)) never(true, `two events named ${id}`);
      else numbers.set(id, numbers.size);
    }
    this.#numbers = numbers;
    this.compiled = compile(events, edges, numbers);
  }

  /** The number of an event in the compiled network; undefined for an event it does not have. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /** The window of every event, from the origins at 0 seconds, in the order they were given. */
  windowsByNumber(): readonly TimeWindow[] {
    return (this.#windows ??= this.#computeWindows());
  }

  /** The window of one event; never where the network does not have it. */
  window(id: string): TimeWindow {
    const number = this.#numbers.get(id);
    const window = number === undefined ? undefined : this.windowsByNumber()[number];
    return window ?? { earliest: Infinity, latest: Infinity };
  }

  /** The run in which each edge takes the delay that is chosen for it, cut to its bounds. */
  run(choose: (edge: NetworkEdge) => number): ConcreteTimeline {
    const { edges, lo, hi } = this.compiled;
    const delays = edges.map((edge, i) =>
      Math.min(Math.max(choose(edge), lo[i] ?? 0), hi[i] ?? Infinity),
    );
    return concreteTimeline(this.compiled, delays);
  }

  /** The chain of edges that sets one end of an event's window, from an origin to the event. */
  chain(id: string, end: 'earliest' | 'latest'): readonly NetworkEdge[] {
    const network = this.compiled;
    const delays = end === 'earliest' ? network.lo : network.hi;
    const times = timesOf(network, delays);
    const chain: NetworkEdge[] = [];
    let at = this.#numbers.get(id);
    while (at !== undefined) {
      const edge = decidingEdge(network, delays, times, at);
      if (edge === undefined) break;
      const written = network.edges[edge];
      if (written) chain.push(written);
      at = network.from[edge];
    }
    return chain.reverse();
  }

  #computeWindows(): readonly TimeWindow[] {
    const { lo, hi } = this.compiled;
    const latest = timesOf(this.compiled, hi);
    return timesOf(this.compiled, lo).map((earliest, i) => ({ earliest, latest: latest[i] ?? 0 }));
  }
}

/** When each event happens, given a delay for each edge. */
export function timesOf(network: CompiledNetwork, delays: readonly number[]): number[] {
  const { sorted, into, from, joins } = network;
  const times = Array.from<number>({ length: joins.length }).fill(0);
  for (const event of sorted) {
    const edges = into[event] ?? [];
    if (edges.length === 0) continue;
    const any = joins[event] === 'any';
    let time = any ? Infinity : -Infinity;
    for (const edge of edges) {
      const at = (times[from[edge] ?? 0] ?? 0) + (delays[edge] ?? 0);
      if (any ? at < time : at > time) time = at;
    }
    times[event] = time;
  }
  return times;
}

/** The run that a delay for each edge makes. */
export function concreteTimeline(
  network: CompiledNetwork,
  delays: readonly number[],
): ConcreteTimeline {
  const times = timesOf(network, delays);
  const moments = network.sorted
    .map((event) => ({ id: network.ids[event] ?? '', seconds: times[event] ?? 0 }))
    .sort((a, b) => (a.seconds === b.seconds ? 0 : a.seconds - b.seconds));
  return {
    moments,
    delays: network.edges.map((edge, i) => ({ edge, seconds: delays[i] ?? 0 })),
  };
}

/** The edge that an event happened with: the last of `all`, the first of `any`. */
function decidingEdge(
  { into, from }: CompiledNetwork,
  delays: readonly number[],
  times: readonly number[],
  event: number,
): number | undefined {
  return (into[event] ?? []).find(
    (edge) => (times[from[edge] ?? 0] ?? 0) + (delays[edge] ?? 0) === times[event],
  );
}

function compile(
  events: readonly NetworkEvent[],
  edges: readonly NetworkEdge[],
  numbers: ReadonlyMap<string, number>,
): CompiledNetwork {
  const size = numbers.size;
  const into: number[][] = Array.from({ length: size }, () => []);
  const known: NetworkEdge[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const lo: number[] = [];
  const hi: number[] = [];
  for (const edge of edges) {
    const start = numbers.get(edge.from);
    const end = numbers.get(edge.to);
    if (start === undefined || end === undefined) {
      never(true, 'an edge between events that the network does not have');
      continue;
    }
    const { earliest, latest } = edge.delay;
    if (!(earliest <= latest)) never(true, `${edge.from} to ${edge.to}: empty bounds`);
    into[end]?.push(known.length);
    known.push(edge);
    from.push(start);
    to.push(end);
    lo.push(earliest);
    hi.push(latest);
  }
  const joins: Join[] = Array.from<Join>({ length: size }).fill('all');
  for (const it of events) joins[numbers.get(it.id) ?? 0] = it.join ?? 'all';
  const sorted = topologicalOrder(into, from, to);
  never(sorted.length < size, 'the events wait for each other in a circle');
  const rank = Array.from<number>({ length: size }).fill(size);
  sorted.forEach((event, i) => (rank[event] = i));
  return { ids: [...numbers.keys()], joins, edges: known, from, to, lo, hi, into, sorted, rank };
}

/** Kahn's order: events whose edges have all been met, origins first. */
function topologicalOrder(
  into: readonly (readonly number[])[],
  from: readonly number[],
  to: readonly number[],
): number[] {
  const outOf: number[][] = into.map(() => []);
  from.forEach((event, edge) => outOf[event]?.push(to[edge] ?? 0));
  const waiting = into.map((it) => it.length);
  const sorted: number[] = [];
  waiting.forEach((count, event) => {
    if (count === 0) sorted.push(event);
  });
  for (let i = 0; i < sorted.length; i++) {
    for (const next of outOf[sorted[i] ?? 0] ?? []) {
      const left = (waiting[next] ?? 0) - 1;
      waiting[next] = left;
      if (left === 0) sorted.push(next);
    }
  }
  return sorted;
}
