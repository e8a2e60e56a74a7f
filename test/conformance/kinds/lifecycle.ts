/**
 * What a real kubelet did with a pod, against the bounds of the simulated kubelet. A scenario is
 * wholly right when every recorded entry of the compared kinds is predicted, within its bounds and
 * these no wider than allowed, nothing else is, and the events name the right containers.
 */
import {
  boundPod,
  type Action,
  type Scenario,
} from '../../../server/src/lifecycle/kubelet/index.ts';
import type { Pod } from '../../../server/src/manifest/index.ts';
import type { ConformanceKind } from '../kind.ts';

interface Recorded {
  readonly t: number;
  readonly pod?: string;
  readonly source: string;
  readonly what: string;
  readonly container?: string;
  readonly detail?: unknown;
  readonly timing?: string;
  readonly in?: string;
}

interface Predicted extends Omit<Recorded, 't'> {
  readonly earliest: number;
  readonly latest: number;
  readonly optional?: boolean;
}

interface Expect {
  readonly trace: readonly Recorded[];
}

type RawPod = { readonly spec: Record<string, unknown>; readonly metadata?: object };

interface Case {
  readonly id: string;
  readonly pod: RawPod;
  readonly extraPods?: readonly { name: string; after: number; pod: RawPod }[];
  readonly behaviour?: Scenario['behaviour'];
  readonly service?: Scenario['service'];
  readonly action?: Action | readonly Action[];
  readonly end?: Scenario['end'];
  readonly nodeClass?: string;
}

const SLACK = 0.15;
/** Bounds may be as wide as this, or as this share of the time itself. */
const TOLERANCE = { seconds: 3, share: 0.5 };
const EVENTS = new Set(['Killing', 'FailedPreStopHook', 'FailedPostStartHook', 'Unhealthy']);
const CONDITIONS = new Set([
  'Ready',
  'ContainersReady',
  'Initialized',
  'PodReadyToStartContainers',
  'AllContainersRestarting',
]);

/** Names, namespace and images as the recording filled them in. */
function complete(pod: RawPod, name: string): Pod {
  const filled = (list: unknown) =>
    (list as { image?: string }[] | undefined)?.map((it) =>
      it.image === undefined ? Object.assign({}, it, { image: 'app:1' }) : it,
    );
  const metadata = { name, namespace: 'default', ...pod.metadata };
  const containers = filled(pod.spec['containers']);
  const initContainers = filled(pod.spec['initContainers']);
  return { metadata, spec: { ...pod.spec, containers, initContainers } } as unknown as Pod;
}

export function scenarioOf(input: Case): Scenario {
  const actions = input.action === undefined ? [] : [input.action].flat();
  return {
    pod: complete(input.pod, 'pod'),
    extraPods: input.extraPods?.map((it) => ({ ...it, pod: complete(it.pod, it.name) })),
    behaviour: input.behaviour,
    service: input.service,
    actions,
    end: input.end,
    nodeClass: input.nodeClass,
  };
}

/** What is compared of an entry, or undefined where it is not. */
export function comparedAs(entry: Omit<Recorded, 't'>): string | undefined {
  const shown = comparedDetail(entry);
  if (shown === undefined) return undefined;
  const { pod = '', source, what, container = '' } = entry;
  return [pod, source, what, container, ...shown].join(' ');
}

function comparedDetail(entry: Omit<Recorded, 't'>): readonly unknown[] | undefined {
  const detail = (entry.detail ?? {}) as Record<string, unknown>;
  switch (`${entry.source} ${entry.what}`) {
    case 'cri RunPodSandbox':
    case 'cri StopPodSandbox':
    case 'status deleted':
    case 'endpoints endpoint-removed':
      return [];
    case 'cri PullImage':
      return [detail['image']];
    case 'cri CreateContainer':
    case 'cri StartContainer':
      return [detail['attempt']];
    case 'cri StopContainer':
      return [detail['attempt'], detail['timeout']];
    case 'cri ExecSync':
      return detail['kind'] === 'preStop' || detail['kind'] === 'postStart'
        ? [detail['kind'], detail['attempt'], detail['cmd']]
        : undefined;
    case 'app signal':
      return [detail['attempt'], detail['signal']];
    case 'app exit':
      return [detail['attempt'], detail['exitCode'], detail['cause']];
    case 'status phase':
    case 'status ready':
    case 'status started':
    case 'status restartCount':
      return [entry.detail];
    case 'status reason':
      return [detail['reason']];
    case 'status condition':
      return CONDITIONS.has(String(detail['type']))
        ? [detail['type'], detail['status'], detail['reason']]
        : undefined;
    case 'status deletion':
      return [detail['gracePeriodSeconds']];
    case 'endpoints endpoint':
      return [detail['ready'], detail['serving'], detail['terminating']];
    default:
      return undefined;
  }
}

interface Found {
  missing: string[];
  extra: string[];
  outside: string[];
  wide: string[];
}

/** Pairs recorded and predicted entries of one key, in order, with the fewest faults. */
function pair(
  key: string,
  recorded: readonly Recorded[],
  predicted: readonly Predicted[],
  end: number,
  found: Found,
): void {
  const soft = (it: Recorded) => it.in !== undefined || it.timing === 'rare';
  const spare = (it: Predicted) => it.optional === true || it.latest + SLACK > end;
  const fits = (it: Recorded, by: Predicted) =>
    it.t >= by.earliest - SLACK && it.t <= by.latest + SLACK;
  const costs: number[][] = [];
  for (let i = recorded.length; i >= 0; i--) {
    const row: number[] = (costs[i] = []);
    for (let j = predicted.length; j >= 0; j--) {
      const r = recorded[i];
      const p = predicted[j];
      if (r === undefined && p === undefined) row[j] = 0;
      const skipR = r === undefined ? Infinity : (soft(r) ? 0 : 10) + (costs[i + 1]?.[j] ?? 0);
      const skipP = p === undefined ? Infinity : (spare(p) ? 0 : 10) + (row[j + 1] ?? 0);
      const both =
        r === undefined || p === undefined
          ? Infinity
          : (fits(r, p) ? -0.1 : 9) + (costs[i + 1]?.[j + 1] ?? 0);
      row[j] ??= Math.min(skipR, skipP, both);
    }
  }
  let i = 0;
  let j = 0;
  while (i < recorded.length || j < predicted.length) {
    const r = recorded[i];
    const p = predicted[j];
    const cost = costs[i]?.[j] ?? 0;
    const near = (value: number) => Math.abs(value - cost) < 1e-6;
    if (r !== undefined && p !== undefined) {
      const inside = fits(r, p);
      if (near((inside ? -0.1 : 9) + (costs[i + 1]?.[j + 1] ?? 0))) {
        const text = `${key}: ${r.t} in ${p.earliest}..${p.latest}`;
        if (!inside && !soft(r)) found.outside.push(text);
        if (p.latest - p.earliest > Math.max(TOLERANCE.seconds, r.t * TOLERANCE.share) && !soft(r))
          found.wide.push(text);
        i++;
        j++;
        continue;
      }
    }
    if (r !== undefined && near((soft(r) ? 0 : 10) + (costs[i + 1]?.[j] ?? 0))) {
      if (!soft(r)) found.missing.push(`${key} at ${r.t}`);
      i++;
    } else if (p !== undefined) {
      if (!spare(p)) found.extra.push(`${key} in ${p.earliest}..${p.latest}`);
      j++;
    } else i++;
  }
}

function group<T extends Omit<Recorded, 't'>>(entries: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const key = comparedAs(entry);
    if (key === undefined) continue;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [entry]);
    else list.push(entry);
  }
  return groups;
}

/** When the recording stopped, as far as the record tells. */
function endOf(input: Case, trace: readonly Recorded[]): number {
  const last = trace.at(-1)?.t ?? 0;
  return Math.max(last, input.end?.for ?? 0);
}

/** The containers an event names; `certain` leaves out what only some lives have. */
function containersWith(
  entries: readonly Pick<Predicted, 'source' | 'what' | 'container' | 'pod' | 'optional'>[],
  certain = false,
): Set<string> {
  const found = new Set<string>();
  for (const { source, what, container = '', pod = '', optional } of entries) {
    if (source !== 'event' || !EVENTS.has(what) || (certain && optional === true)) continue;
    found.add(`${pod} ${what} ${container}`);
  }
  return found;
}

/** Everything that is wrong with an answer. */
export function faults(input: Case, expect: Expect, answer: unknown): Found & { events: boolean } {
  const predicted = ((answer as { events?: readonly Predicted[] } | null)?.events ?? []).toSorted(
    (a, b) => a.earliest - b.earliest || a.latest - b.latest,
  );
  const found: Found = { missing: [], extra: [], outside: [], wide: [] };
  const recorded = group(expect.trace);
  const foretold = group(predicted);
  const end = endOf(input, expect.trace);
  for (const key of new Set([...recorded.keys(), ...foretold.keys()])) {
    pair(key, recorded.get(key) ?? [], foretold.get(key) ?? [], end, found);
  }
  const had = containersWith(expect.trace);
  const possible = containersWith(predicted);
  const events =
    [...containersWith(predicted, true)].every((it) => had.has(it)) &&
    [...had].every((it) => possible.has(it));
  return { ...found, events };
}

export const lifecycle: ConformanceKind<Case, Expect> = {
  answer(input) {
    const {
      trace: _,
      relists: __,
      syncPhase: ___,
      runs: ____,
      ...rest
    } = input as Case & Record<string, unknown>;
    return boundPod(scenarioOf(rest), { narrowTo: TOLERANCE });
  },
  compare(expect, answer, input) {
    const found = faults(input, expect, answer);
    const measures = {
      present: found.missing.length === 0,
      'none extra': found.extra.length === 0,
      'in bounds': found.outside.length === 0,
      'bounds tight': found.wide.length === 0,
      'event containers': found.events,
    };
    return { 'wholly right': Object.values(measures).every(Boolean), ...measures };
  },
};
