/**
 * Which of two events comes first, over every run the bounds allow: fixed, with a proof, or not,
 * with a run that shows each order.
 *
 * The bound on `time(a) - time(b)` walks back from whichever of the two comes later in the network,
 * so what both share cancels out. It is never too small, hence a proof is a proof; where it is too
 * large (two joins that share delays) and no run is found either, the answer is `undecided`.
 */
import {
  concreteTimeline,
  timesOf,
  type ChosenDelay,
  type CompiledNetwork,
  type ConcreteTimeline,
  type NetworkEdge,
  type TemporalNetwork,
} from './temporal-network.ts';

/** A step of a proof: an edge at the end of its bounds that counts against the claim. */
export interface ProofStep {
  readonly edge: NetworkEdge;
  /** `later` steps take at least these seconds, `sooner` steps at most. */
  readonly side: 'sooner' | 'later';
  readonly seconds: number;
}

/** Why one event cannot come after another. */
export interface OrderProof {
  /** Both chains from what they have in common; `later` minus `sooner` seconds is the margin. */
  readonly chain: readonly ProofStep[];
  /** By how much the order holds in the worst run; Infinity where the later never happens. */
  readonly marginSeconds: number;
  /** The step that the order rests on most. */
  readonly dominant: NetworkEdge | undefined;
}

/** A run that shows an order. */
export interface OrderWitness extends ConcreteTimeline {
  readonly first: string;
  readonly second: string;
  /** How far the two are apart in this run. */
  readonly gapSeconds: number;
  /** The delays that matter: those of the two events' own chains, from their common ancestor. */
  readonly decisive: readonly ChosenDelay[];
  /** The decisive delay that could be the shortest instead and is furthest from it. */
  readonly dominant: NetworkEdge | undefined;
}

/** The order of two events in every run, or runs for both orders. */
export type EventOrder =
  | { readonly relation: 'before'; readonly proof: OrderProof }
  | { readonly relation: 'after'; readonly proof: OrderProof }
  | { readonly relation: 'unordered'; readonly aFirst: OrderWitness; readonly bFirst: OrderWitness }
  | { readonly relation: 'undecided' };

/** More ways back to an origin than these are not tried for a witness. */
const MAX_WAYS = 64;
/** What stands for "without a bound" in a run, tried from the shortest. */
const UNBOUNDED_SECONDS = [60, 600, 3600, 86_400, 604_800];
/** Sums of delays are exact to this. */
const EPSILON = 1e-9;

/**
 * Whether `a` comes before `b`. `before`: `a` is never after `b`, though they may coincide;
 * `after`: `a` is after `b` in every run; `unordered`: there is a run in which `a` is not after
 * `b`, and one in which it is. Events the network does not have are undecided.
 */
export function eventOrder(network: TemporalNetwork, a: string, b: string): EventOrder {
  return new EventOrders(network).order(a, b);
}

/** Orders of one network's events; what one question finds out serves the next. */
export class EventOrders {
  readonly #network: TemporalNetwork;
  #bounds: DifferenceBounds | undefined;
  readonly #known = new Map<string, EventOrder>();

  constructor(network: TemporalNetwork) {
    this.#network = network;
  }

  /** As `eventOrder`. */
  order(a: string, b: string): EventOrder {
    const key = `${a} ${b}`;
    const known = this.#known.get(key) ?? this.#solve(a, b);
    this.#known.set(key, known);
    return known;
  }

  #solve(a: string, b: string): EventOrder {
    const first = this.#network.numberOf(a);
    const second = this.#network.numberOf(b);
    if (first === undefined || second === undefined || first === second) {
      return { relation: 'undecided' };
    }
    // Most timelines are drawn and never asked.
    const bounds = (this.#bounds ??= new DifferenceBounds(this.#network.compiled));
    const aMinusB = bounds.latest(first, second);
    if (aMinusB <= EPSILON) return { relation: 'before', proof: bounds.proof(first, second) };
    const bMinusA = bounds.latest(second, first);
    if (bMinusA < -EPSILON) return { relation: 'after', proof: bounds.proof(second, first) };
    const bFirst = findWitness(bounds, first, second, EPSILON);
    const atLeast = bMinusA <= EPSILON ? -EPSILON : EPSILON;
    const aFirst = bFirst && findWitness(bounds, second, first, atLeast);
    return aFirst && bFirst ? { relation: 'unordered', aFirst, bFirst } : { relation: 'undecided' };
  }
}

/** Upper bounds on the difference of two events' times, remembered by pair. */
class DifferenceBounds {
  readonly network: CompiledNetwork;
  readonly #bounds: Float64Array;
  readonly #known: Uint8Array;

  constructor(network: CompiledNetwork) {
    this.network = network;
    const size = network.ids.length;
    this.#bounds = new Float64Array(size * size);
    this.#known = new Uint8Array(size * size);
  }

  /** No run has `time(a) - time(b)` above this. */
  latest(a: number, b: number): number {
    if (a === b) return 0;
    const slot = a * this.network.ids.length + b;
    if (this.#known[slot]) return this.#bounds[slot] ?? Infinity;
    const { rank, into, joins } = this.network;
    const walkA = (rank[a] ?? 0) > (rank[b] ?? 0);
    const walked = walkA ? a : b;
    const largest = (joins[walked] === 'all') === walkA;
    const edges = into[walked] ?? [];
    let bound = edges.length === 0 ? 0 : largest ? -Infinity : Infinity;
    for (const edge of edges) {
      const through = this.#through(edge, a, b, walkA);
      if (largest ? through > bound : through < bound) bound = through;
    }
    this.#bounds[slot] = bound;
    this.#known[slot] = 1;
    return bound;
  }

  /** The edges into the sooner event's chain, by number. */
  sooner(a: number, b: number): number[] {
    const edges: number[] = [];
    for (let step = this.#step(a, b); step; step = this.#step(step.a, step.b)) {
      if (step.side === 'sooner') edges.push(step.edge);
    }
    return edges;
  }

  /** The chain that gives the bound, and what is left as margin. */
  proof(a: number, b: number): OrderProof {
    const sooner: ProofStep[] = [];
    const later: ProofStep[] = [];
    const bound = this.latest(a, b);
    for (let step = this.#step(a, b); step; step = this.#step(step.a, step.b)) {
      const edge = this.network.edges[step.edge];
      if (!edge) break;
      if (step.side === 'sooner') sooner.push({ edge, side: 'sooner', seconds: edge.delay.latest });
      else later.push({ edge, side: 'later', seconds: edge.delay.earliest });
    }
    const chain = [...sooner.reverse(), ...later.reverse()];
    const longest = chain
      .filter((it) => it.side === 'later')
      .reduce<ProofStep | undefined>((a, b) => (a && a.seconds >= b.seconds ? a : b), undefined);
    return { chain, marginSeconds: bound === 0 ? 0 : -bound, dominant: longest?.edge };
  }

  /** The edge walked back from the later of the two that decides the bound. */
  #step(a: number, b: number): Step | undefined {
    if (a === b) return undefined;
    const { rank, into, from } = this.network;
    const walkA = (rank[a] ?? 0) > (rank[b] ?? 0);
    const bound = this.latest(a, b);
    const edges = into[walkA ? a : b] ?? [];
    const edge = edges.find((it) => this.#through(it, a, b, walkA) === bound);
    if (edge === undefined) return undefined;
    const before = from[edge] ?? 0;
    return walkA ? { edge, a: before, b, side: 'sooner' } : { edge, a, b: before, side: 'later' };
  }

  /**
   * The bound if the later of the two came by this edge. An `all` is late with its latest edge and
   * early with none of them; an `any` the other way round.
   */
  #through(edge: number, a: number, b: number, walkA: boolean): number {
    const { from, lo, hi } = this.network;
    const before = from[edge] ?? 0;
    return walkA
      ? plus(this.latest(before, b), hi[edge] ?? Infinity)
      : plus(this.latest(a, before), -(lo[edge] ?? 0));
  }
}

/** One edge of the chain that makes a bound. */
interface Step {
  readonly edge: number;
  readonly a: number;
  readonly b: number;
  readonly side: 'sooner' | 'later';
}

/** Infinity minus Infinity says nothing, and the bound that says nothing is Infinity. */
function plus(a: number, b: number): number {
  const sum = a + b;
  return Number.isNaN(sum) ? Infinity : sum;
}

/** A run in which `late` comes after `early`: first the bound's own chain, then all ways back. */
function findWitness(
  bounds: DifferenceBounds,
  late: number,
  early: number,
  least: number,
): OrderWitness | undefined {
  const { network } = bounds;
  // Two events that never come the other way round coincide when nothing is slow.
  const delays =
    runWithSlow(network, slowChain(bounds, late, early), late, early, least) ??
    runWithSlow(network, new Set(), late, early, least) ??
    firstRun(network, late, early, least) ??
    improve(network, late, early, least);
  return delays && witness(network, delays, late, early);
}

/** The first run that shows the order, of those that are slow on one way back to an origin. */
function firstRun(
  network: CompiledNetwork,
  late: number,
  early: number,
  least: number,
): number[] | undefined {
  for (const slow of slowWays(network, late)) {
    const delays = runWithSlow(network, slow, late, early, least);
    if (delays) return delays;
  }
  return undefined;
}

/** The run in which these edges are slow and all others fast, if `late` is late in it. */
function runWithSlow(
  network: CompiledNetwork,
  slow: ReadonlySet<number>,
  late: number,
  early: number,
  gap: number,
): number[] | undefined {
  const endless = [...slow].some((i) => network.hi[i] === Infinity);
  for (const unbounded of endless ? UNBOUNDED_SECONDS : [0]) {
    const delays = network.lo.map((least, i) => {
      const most = slow.has(i) ? (network.hi[i] ?? least) : least;
      return Number.isFinite(most) ? most : least + unbounded;
    });
    if (gapOf(network, delays, late, early) > gap) return delays;
  }
  return undefined;
}

/** The chain that makes the bound, and at each `any` on it the slowest way of the other edges. */
function slowChain(bounds: DifferenceBounds, late: number, early: number): ReadonlySet<number> {
  const { network } = bounds;
  const { into, from, joins, hi } = network;
  const slow = new Set(bounds.sooner(late, early));
  const latest = timesOf(network, hi);
  const open = [...slow].map((edge) => network.to[edge] ?? 0).filter((it) => joins[it] === 'any');
  for (let event = open.pop(); event !== undefined; event = open.pop()) {
    const edges = into[event] ?? [];
    const time = (edge: number) => (latest[from[edge] ?? 0] ?? 0) + (hi[edge] ?? 0);
    const first = edges[0];
    if (first === undefined) continue;
    const last = edges.reduce((a, b) => (time(b) > time(a) ? b : a), first);
    for (const edge of joins[event] === 'any' ? edges : [last]) {
      if (slow.has(edge)) continue;
      slow.add(edge);
      open.push(from[edge] ?? 0);
    }
  }
  return slow;
}

function gapOf(
  network: CompiledNetwork,
  delays: readonly number[],
  late: number,
  early: number,
): number {
  const times = timesOf(network, delays);
  const gap = (times[late] ?? 0) - (times[early] ?? 0);
  return Number.isNaN(gap) ? -Infinity : gap;
}

/** Goes through the edges once, moving each to the end that lets `late` come later. */
function improve(
  network: CompiledNetwork,
  late: number,
  early: number,
  least: number,
): number[] | undefined {
  const delays = [...network.lo];
  let gap = gapOf(network, delays, late, early);
  for (let i = 0; i < delays.length; i++) {
    const before = delays[i] ?? 0;
    const most = network.hi[i] ?? before;
    delays[i] = Number.isFinite(most) ? most : before + 3600;
    const changed = gapOf(network, delays, late, early);
    if (changed >= gap) gap = changed;
    else delays[i] = before;
  }
  return gap > least ? delays : undefined;
}

/**
 * Sets of edges to make slow so that an event is late: a way back through one edge of each `all`
 * and all edges of each `any`. Without `any`, slow on one way and fast elsewhere is the worst case.
 */
function slowWays(
  network: CompiledNetwork,
  event: number,
  memo = new Map<number, readonly ReadonlySet<number>[]>(),
): readonly ReadonlySet<number>[] {
  const known = memo.get(event);
  if (known) return known;
  const { into, from, joins } = network;
  const all = joins[event] === 'all';
  let ways: ReadonlySet<number>[] = all && into[event]?.length ? [] : [new Set()];
  for (const edge of into[event] ?? []) {
    const before = slowWays(network, from[edge] ?? 0, memo);
    if (all) for (const way of before) ways.push(new Set([...way, edge]));
    else {
      ways = ways.flatMap((way) => before.map((more) => new Set([...way, ...more, edge])));
    }
    ways = ways.slice(0, MAX_WAYS);
  }
  memo.set(event, ways);
  return ways;
}

function witness(
  network: CompiledNetwork,
  delays: readonly number[],
  late: number,
  early: number,
): OrderWitness {
  const times = timesOf(network, delays);
  const lateChain = decidingEdges(network, delays, times, late);
  const earlyChain = decidingEdges(network, delays, times, early);
  const shared = new Set(lateChain.filter((it) => earlyChain.includes(it)));
  const decisive = [...earlyChain, ...lateChain]
    .filter((it) => !shared.has(it))
    .map((it) => ({ edge: network.edges[it], seconds: delays[it] ?? 0 }))
    .filter((it): it is ChosenDelay => it.edge !== undefined);
  const slack = (it: ChosenDelay) => it.seconds - it.edge.delay.earliest;
  const dominant = decisive.reduce<ChosenDelay | undefined>(
    (a, b) => (a && slack(a) >= slack(b) ? a : b),
    undefined,
  );
  return {
    ...concreteTimeline(network, delays),
    first: network.ids[early] ?? '',
    second: network.ids[late] ?? '',
    gapSeconds: (times[late] ?? 0) - (times[early] ?? 0),
    decisive,
    dominant: dominant && slack(dominant) > 0 ? dominant.edge : undefined,
  };
}

/** The chain of edges that an event happened with in one run, from an origin. */
function decidingEdges(
  { into, from }: CompiledNetwork,
  delays: readonly number[],
  times: readonly number[],
  event: number,
): number[] {
  const chain: number[] = [];
  let at = event;
  for (;;) {
    const time = times[at];
    const edge = (into[at] ?? []).find(
      (it) => (times[from[it] ?? 0] ?? 0) + (delays[it] ?? 0) === time,
    );
    if (edge === undefined) return chain.reverse();
    chain.push(edge);
    at = from[edge] ?? 0;
  }
}
