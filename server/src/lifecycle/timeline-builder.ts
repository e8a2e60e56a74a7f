/** Collects the events and edges of a timeline; works out windows, certainty and assumptions. */
import {
  exactly,
  weakestCertainty,
  type Certainty,
  type Explanation,
  type TimeWindow,
} from '../explanation/index.ts';
import type { Citable } from '../manifest/index.ts';
import { EventOrders } from './event-order.ts';
import {
  eventId,
  type Actor,
  type ExpectedOrder,
  type Lane,
  type LaneGroup,
  type LifecycleEvent,
  type LifecycleSpan,
  type LifecycleTimeline,
  type SpanStyle,
} from './lifecycle-event.ts';
import { describeParameter, type EnvironmentProfile } from './profile.ts';
import type { ParameterName } from './profile-parameters.ts';
import { TemporalNetwork, type Join, type NetworkEdge } from './temporal-network.ts';

/** An event as a simulation step adds it. */
export interface NewEvent {
  readonly kind: string;
  readonly subject?: string | undefined;
  readonly actor: Actor;
  readonly label: string;
  readonly message: string;
  readonly cites?: readonly Citable[];
  readonly setBy?: Citable | undefined;
  readonly join?: Join;
  /** A lane of its own instead of the actor's. */
  readonly lane?: Lane;
}

/** A delay as a simulation step adds it. */
export interface NewDelay {
  readonly seconds: TimeWindow;
  readonly message: string;
  readonly certainty?: Certainty;
  readonly parameter?: string;
  readonly cites?: readonly Citable[];
  readonly setBy?: Citable | undefined;
}

const lane = (id: Actor, group: LaneGroup, label: string): Lane => ({ id, label, group });

const ACTOR_LANES: Readonly<Record<Actor, Lane>> = {
  client: lane('client', 'client', 'kubectl'),
  'api-server': lane('api-server', 'control-plane', 'kube-apiserver'),
  controller: lane('controller', 'control-plane', 'controllers'),
  scheduler: lane('scheduler', 'control-plane', 'kube-scheduler'),
  kubelet: lane('kubelet', 'node', 'kubelet'),
  runtime: lane('runtime', 'node', 'runtime (CRI, CNI)'),
  app: lane('app', 'container', 'app'),
  'endpoint-slice-controller': lane(
    'endpoint-slice-controller',
    'network',
    'EndpointSlice controller',
  ),
  'kube-proxy': lane('kube-proxy', 'network', 'kube-proxy'),
  dns: lane('dns', 'network', 'CoreDNS'),
  ingress: lane('ingress', 'network', 'ingress'),
  'load-balancer': lane('load-balancer', 'network', 'load balancer'),
  mesh: lane('mesh', 'network', 'mesh'),
  peer: lane('peer', 'client', 'callers'),
};
const GROUPS: readonly LaneGroup[] = ['client', 'control-plane', 'node', 'container', 'network'];

export class TimelineBuilder {
  readonly profile: EnvironmentProfile;
  readonly #events = new Map<string, PlacedEvent>();
  readonly #edges: NetworkEdge[] = [];
  readonly #spans: Omit<LifecycleSpan, 'id'>[] = [];
  readonly #expected: ExpectedOrder[] = [];

  constructor(profile: EnvironmentProfile) {
    this.profile = profile;
  }

  /** Adds an event, and gives its id. The first of two with one id counts. */
  event(event: NewEvent): string {
    const { kind, subject, actor, label, message, cites, setBy, join, lane } = event;
    const id = eventId(kind, subject);
    if (this.#events.has(id)) return id;
    // One shape for all, whatever the step left out: thousands of these are made at a keystroke.
    const at = lane ?? ACTOR_LANES[actor];
    this.#events.set(id, {
      id,
      kind,
      subject,
      actor,
      label,
      message,
      cites,
      setBy,
      join,
      lane: at,
    });
    return id;
  }

  has(id: string): boolean {
    return this.#events.has(id);
  }

  /** `to` comes after `from` by a delay that the caller bounds. */
  after(from: string, to: string, delay: NewDelay): void {
    const { seconds, message, certainty = 'exact', parameter, setBy } = delay;
    const cites = delay.cites ?? (setBy ? [setBy] : []);
    this.#edges.push({
      from,
      to,
      delay: seconds,
      certainty,
      explanation: { message, cites },
      parameter,
      setBy,
    });
  }

  /** `to` comes at once, because of what the message says. */
  atOnce(from: string, to: string, message: string): void {
    this.after(from, to, { seconds: exactly(0), message });
  }

  /** `to` comes after `from` by a delay of the environment. */
  delayed(from: string, to: string, name: ParameterName): void {
    const parameter = this.profile.parameters[name];
    this.after(from, to, {
      seconds: parameter.seconds,
      message: describeParameter(parameter),
      certainty: parameter.certainty,
      parameter: name,
    });
  }

  /** A stretch to draw in the lane of its end; it says why it is as long as it is. */
  span(style: SpanStyle, from: string, to: string, label: string, why?: Explanation): void {
    const lane = this.#events.get(to)?.lane.id ?? '';
    const edge = this.#edges.find((it) => it.from === from && it.to === to);
    const explanation = why ?? edge?.explanation ?? { message: label, cites: [] };
    const certainty = edge?.certainty ?? 'assumed';
    const setBy = edge?.setBy;
    this.#spans.push({ style, from, to, label, lane, explanation, certainty, setBy });
  }

  /** An order that should hold, where both events are there. */
  expect(order: ExpectedOrder): void {
    if (this.has(order.first) && this.has(order.second)) this.#expected.push(order);
  }

  build(origin: string): LifecycleTimeline {
    const built = [...this.#events.values()];
    const network = new TemporalNetwork(built, this.#edges);
    const grounds = groundsOf(network);
    const { rank } = network.compiled;
    const windows = network.windowsByNumber();
    const order = built
      .map((_, i) => i)
      .sort((a, b) => {
        const [first, second] = [windows[a], windows[b]];
        if (!first || !second) return 0;
        return (
          compare(first.earliest, second.earliest) ||
          compare(first.latest, second.latest) ||
          (rank[a] ?? 0) - (rank[b] ?? 0)
        );
      });
    const events = order.flatMap((i) => {
      const event = built[i];
      const window = windows[i];
      return event && window ? [finished(event, window, grounds[i])] : [];
    });
    const spans = this.#spans.map((it) => ({ ...it, id: `${it.style}:${it.from}-${it.to}` }));
    const lanes = lanesOf(built.map((it) => it.lane));
    return timeline(
      { origin, events, edges: this.#edges, lanes, spans, expected: this.#expected },
      network,
    );
  }
}

function finished(
  { id, kind, subject, actor, label, message, cites, setBy, lane: { id: lane } }: PlacedEvent,
  window: TimeWindow,
  ground: Grounds | undefined,
): LifecycleEvent {
  return {
    id,
    kind,
    subject,
    actor,
    lane,
    label,
    window,
    certainty: ground?.certainty ?? 'exact',
    assumptions: ground?.assumptions ?? [],
    explanation: { message, cites: cites ?? (setBy ? [setBy] : []) },
    setBy,
  };
}

interface PlacedEvent extends NewEvent {
  readonly id: string;
  readonly lane: Lane;
}

/** What an event's window rests on. */
interface Grounds {
  readonly certainty: Certainty;
  readonly assumptions: readonly string[];
}

/** Certainty and assumptions run down the edges, from the origins; a chain shares what it has. */
function groundsOf({ compiled }: TemporalNetwork): readonly Grounds[] {
  const { sorted, into, from, edges } = compiled;
  const grounds: Grounds[] = [];
  for (const event of sorted) {
    const all: Certainty[] = [];
    let assumptions: readonly string[] = [];
    for (const i of into[event] ?? []) {
      const edge = edges[i];
      const before = grounds[from[i] ?? 0];
      if (edge) all.push(edge.certainty);
      if (before) {
        all.push(before.certainty);
        assumptions = union(assumptions, before.assumptions);
      }
      const parameter = edge?.parameter;
      if (parameter !== undefined && !assumptions.includes(parameter)) {
        assumptions = [...assumptions, parameter];
      }
    }
    grounds[event] = { certainty: weakestCertainty(all), assumptions };
  }
  return grounds;
}

function union(known: readonly string[], more: readonly string[]): readonly string[] {
  if (known.length === 0) return more;
  if (more.every((it) => known.includes(it))) return known;
  return [...known, ...more.filter((it) => !known.includes(it))];
}

function timeline(
  parts: Omit<LifecycleTimeline, 'network' | 'event' | 'ofKind' | 'order'>,
  network: TemporalNetwork,
): LifecycleTimeline {
  let byId: ReadonlyMap<string, LifecycleEvent> | undefined;
  const orders = new EventOrders(network);
  return {
    ...parts,
    network,
    event: (id) => (byId ??= new Map(parts.events.map((it) => [it.id, it]))).get(id),
    ofKind: (kind) => parts.events.filter((it) => it.kind === kind),
    order: (a, b) => orders.order(a, b),
  };
}

/** Each lane once, by group; within a group as they first appear. */
function lanesOf(lanes: readonly Lane[]): Lane[] {
  const seen = new Map(lanes.map((it) => [it.id, it]));
  return GROUPS.flatMap((group) => [...seen.values()].filter((it) => it.group === group));
}

/** Infinity equals itself. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
