// The end of a pod in two lanes: until when somebody sends, until when each app accepts, and
// whether the first ends before the second in every run.
import type {
  EventView,
  OrderVerdictView,
  ShutdownView,
  WindowView,
} from '../../../server/src/protocol/index.ts';

export interface AppLane {
  readonly name: string;
  /** Until when it accepts; where nobody sends to it, until when it runs. */
  readonly accepts: WindowView;
  /** From the first moment a preStop hook runs to the last it can end. */
  readonly hook: WindowView | null;
  readonly term: WindowView | null;
  readonly kill: WindowView | null;
  /** Where a new connection may be refused, and how it is said. */
  readonly race: (WindowView & { readonly message: string }) | null;
  /** `26.8s to spare`: the least that is proved of all who send. */
  readonly holds: string | null;
}

export interface TwoLanes {
  /** Until when somebody opens new connections; null where nobody is told of the pod. */
  readonly sends: WindowView | null;
  readonly apps: readonly AppLane[];
  readonly track: readonly TrackStep[];
  readonly horizon: number;
}

/** A step of the right order; `holds` is null where nothing is known of it. */
export interface TrackStep {
  readonly label: string;
  readonly holds: boolean | null;
}

const MAX_APPS = 4;

export function twoLanesOf(shutdown: ShutdownView): TwoLanes | null {
  const { events } = shutdown.timeline;
  const byId = new Map(events.map((it) => [it.id, it]));
  const sends = byId.get('no-new-traffic')?.window ?? null;
  const accepting = events.filter((it) => it.id.startsWith(STOPS));
  const serving = accepting.filter((it) => ordersOf(shutdown, nameOf(it)).length > 0);
  // Whom nobody sends to has no lane to compare with: how long it runs is what counts.
  const others = sends ? accepting : events.filter((it) => it.id.startsWith(STOPPED));
  const shown = (serving.length > 0 ? serving : others).slice(0, MAX_APPS);
  if (shown.length === 0) return null;
  const apps = shown.map((it) => appLane(shutdown, byId, it));
  const { horizon } = shutdown.timeline;
  // A node that is lost keeps no order.
  const track = sends && !byId.has('unreachable') ? trackOf(shutdown) : [];
  return { sends, apps, track, horizon };
}

const STOPS = 'stops-accepting:';
const STOPPED = 'stopped:';

function nameOf({ id }: EventView): string {
  return id.slice(id.indexOf(':') + 1);
}

function ordersOf({ verdicts }: ShutdownView, name: string): readonly OrderVerdictView[] {
  return verdicts.filter(
    ({ id }) =>
      id.startsWith(`accepts-until-forgotten:${name}:`) || id.startsWith('forgotten-before-lost:'),
  );
}

function appLane(
  shutdown: ShutdownView,
  byId: ReadonlyMap<string, EventView>,
  stops: EventView,
): AppLane {
  const name = nameOf(stops);
  const orders = ordersOf(shutdown, name);
  const lost = byId.get('unreachable');
  if (lost) {
    const nothing = { hook: null, term: null, kill: null, holds: null };
    return { name, accepts: lost.window, race: raceOf(orders), ...nothing };
  }
  const hookFrom = byId.get(`prestop-started:${name}`)?.window;
  const hookTo = byId.get(`prestop-ended:${name}`)?.window;
  return {
    name,
    accepts: stops.window,
    hook: hookFrom && hookTo ? { earliest: hookFrom.earliest, latest: hookTo.latest } : null,
    term: byId.get(`sigterm:${name}`)?.window ?? null,
    kill: byId.get(`sigkill:${name}`)?.window ?? null,
    race: raceOf(orders),
    holds: tightest(orders),
  };
}

/** From the first moment that one order can break to the last. */
function raceOf(orders: readonly OrderVerdictView[]): AppLane['race'] {
  const broken = orders.filter((it) => !it.holds && it.window);
  const windows = broken.flatMap((it) => it.window ?? []);
  const [first] = broken;
  if (!first) return null;
  const latest = windows.map((it) => it.latest);
  return {
    earliest: Math.min(...windows.map((it) => it.earliest)),
    latest: latest.includes(null) ? null : Math.max(...latest.map(Number)),
    message: first.message.replace(/ \(by up to.*/, ''),
  };
}

/** The margin of the order that holds by the least. */
function tightest(orders: readonly OrderVerdictView[]): string | null {
  if (orders.length === 0 || orders.some((it) => !it.holds)) return null;
  const [least] = orders.toSorted((a, b) => marginOf(a) - marginOf(b));
  return least?.message.replace(/^holds by (.*)/, '$1 to spare') ?? null;
}

function marginOf({ marginSeconds }: OrderVerdictView): number {
  return marginSeconds ?? Number.POSITIVE_INFINITY;
}

/** The right order, each step with whether it is proved to come after the one before. */
function trackOf({ verdicts }: ShutdownView): readonly TrackStep[] {
  const holds = (prefix: string) => {
    const found = verdicts.filter((it) => it.id.startsWith(prefix));
    return found.length === 0 ? null : found.every((it) => it.holds);
  };
  const sidecars = holds('app-before-sidecar:');
  return [
    { label: 'nobody sends', holds: true },
    { label: 'stops accepting', holds: holds('accepts-until-forgotten:') },
    { label: 'requests end', holds: holds('answers-before-sigkill:') },
    { label: 'exits', holds: holds('exits-before-sigkill:') },
    ...(sidecars === null ? [] : [{ label: 'sidecars follow', holds: sidecars }]),
  ];
}
