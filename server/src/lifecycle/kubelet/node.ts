/**
 * Puts the parts of the kubelet together: the nodes, their pods, the tickers these share, and the end
 * of the run.
 */
import type { Pod } from '../../manifest/index.ts';
import { atMoment, perform } from './actions.ts';
import { pastDeadline } from './active-deadline.ts';
import { RestartBackOff } from './back-off.ts';
import { Clock, type Process } from './clock.ts';
import { ObjectCache } from './configuration/api-objects.ts';
import { PodConfiguration } from './configuration/pod-configuration.ts';
import { followEndpoints } from './endpoints-controller.ts';
import { EventRecorder } from './event-recorder.ts';
import { watchStorage } from './eviction-manager.ts';
import { ImageManager } from './image-manager.ts';
import { beginNodeAction } from './node-events.ts';
import { PodCache, relistForEver } from './pleg.ts';
import type { NodeLife, PodLife } from './pod-life.ts';
import { PodNetwork } from './pod-network.ts';
import { PodObject } from './pod-object.ts';
import { isTerminal } from './pod-status.ts';
import { PodWorker } from './pod-worker.ts';
import { ProbeManager } from './probe-manager.ts';
import { RuntimePod } from './runtime.ts';
import type { Scenario } from './scenario.ts';
import { StatusManager } from './status-manager.ts';
import type { Timing } from './timing.ts';
import { type TraceEntry, TraceRecorder, type TraceSource } from './trace.ts';

/** A life that does not end by itself is watched this long, or as long as the scenario says. */
const LONGEST_SECONDS = 600;
/** How long after the end of everything the run goes on. */
const AFTERMATH_SECONDS = 1.2;
const SYNC_SECONDS = 1;
const ENDS_OBJECT: ReadonlySet<string> = new Set(['delete', 'force-delete', 'evict']);
const ENDINGS: ReadonlySet<string> = new Set(['deleted', 'StopPodSandbox', 'phase']);

const DEFAULT_LABELS = {
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/hostname': 'node',
};

/** One concrete life, and when its recording ended. */
export interface Run {
  readonly entries: readonly TraceEntry[];
  readonly ended: number;
}

/** Lives one scenario under one timing. */
export function live(scenario: Scenario, timing: Timing): Run {
  const clock = new Clock();
  const recorder = new TraceRecorder();
  const nodes = new Map<string, NodeLife>();
  const nodeNamed = (name: string): NodeLife => {
    const node = nodes.get(name) ?? startNode(scenario, timing, clock, recorder);
    nodes.set(name, node);
    return node;
  };
  const own = nodeNamed('');
  const first = makePod(own, scenario.pod, undefined, recorder);
  if (scenario.service) {
    const spec = typeof scenario.service === 'object' ? scenario.service : {};
    followEndpoints(first, spec.publishNotReadyAddresses === true);
  }
  let end = Math.max(LONGEST_SECONDS, scenario.end?.at ?? 0);
  const finish = (after: number) => (end = Math.min(end, clock.now + after));
  watchEnd(scenario, first, recorder, finish);
  for (const [repository, pushes] of Object.entries(scenario.behaviour?.registry ?? {})) {
    for (const { at, ...pushed } of pushes) {
      if (at > 0)
        clock.at(at, () => first.trace('registry', 'push', undefined, { repository, ...pushed }));
    }
  }
  for (const action of scenario.actions ?? []) {
    atMoment(action, first, recorder, () => perform(action, first));
  }
  for (const change of scenario.configuration?.changes ?? []) {
    atMoment(change, first, recorder, () => {
      own.objects?.change(change, clock, timing.stepSeconds, (what, name, message) =>
        first.trace('api', what, name, message),
      );
    });
  }
  for (const action of scenario.nodeActions ?? []) {
    atMoment(action, first, recorder, () => beginNodeAction(own, action, () => finish(0)));
  }
  arrive(first);
  for (const extra of scenario.extraPods ?? []) {
    const life = makePod(nodeNamed(extra.node ?? ''), extra.pod, extra.name, recorder);
    const moment = typeof extra.after === 'number' ? { at: extra.after } : extra.after;
    atMoment(moment, first, recorder, () => arrive(life));
  }
  clock.run((next) => next > end);
  return { entries: recorder.entries, ended: Math.min(end, clock.now) };
}

/** A node without pods yet, and the loops of its kubelet. */
function startNode(
  scenario: Scenario,
  timing: Timing,
  clock: Clock,
  recorder: TraceRecorder,
): NodeLife {
  let randoms = 0;
  const node: NodeLife = {
    scenario,
    node: scenario.node,
    pods: [],
    shuttingDown: false,
    trace: (what, container) =>
      recorder.add({ t: clock.now, source: 'node', what, container, life: '' }),
    timing,
    clock,
    images: new ImageManager(clock, scenario.behaviour, parallelPulls(scenario)),
    objects: scenario.configuration && new ObjectCache(scenario.configuration.objects),
    stopSignals: scenario.nodeClass === 'gates',
    labels: scenario.nodeLabels ?? DEFAULT_LABELS,
    nextRandom: () => timing.backOffs[randoms++ % timing.backOffs.length] ?? 0,
  };
  clock.spawn(relistForEver(node, node.pods));
  clock.spawn(tickForEver(node, node.pods));
  const writes = Object.values(scenario.behaviour?.containers ?? {}).some((it) => it.writes);
  // A look at nothing would only be more events.
  if (writes) watchStorage(node, node.pods);
  return node;
}

function parallelPulls({ nodeClass, kubelet }: Scenario): number {
  if (kubelet?.maxParallelImagePulls !== undefined) return kubelet.maxParallelImagePulls;
  if (nodeClass === 'parallel') return Infinity;
  return nodeClass === 'parallel2' ? 2 : 1;
}

/** A pod that the node will get. */
function makePod(
  node: NodeLife,
  pod: Pod,
  label: string | undefined,
  recorder: TraceRecorder,
): PodLife {
  const made: { -readonly [K in keyof PodLife]?: PodLife[K] } = {
    node,
    name: pod.metadata.name,
    backOff: new RestartBackOff(),
    imageBackOff: new RestartBackOff(),
    reasons: new Map(),
    removedForRestart: new Set(),
    traceLength: () => recorder.entries.length,
    spells: countSpells(),
  };
  const life = made as PodLife;
  made.runtime = new RuntimePod(life);
  made.network = new PodNetwork(life);
  made.cache = new PodCache(life);
  made.status = new StatusManager(life);
  made.probes = new ProbeManager(life);
  made.events = new EventRecorder(life);
  made.configuration = node.objects && new PodConfiguration(life, node.objects);
  made.object = new PodObject(life, pod);
  made.worker = new PodWorker(life);
  made.pod = () => life.object.spec;
  made.trace = (source, what, container, detail, patch) =>
    recorder.add({
      t: node.clock.now,
      pod: label,
      source,
      what,
      container,
      patch,
      detail,
      life: lifeOf(life, source, what, container, detail),
    });
  node.pods.push(life);
  return life;
}

/** Tells the entries of one restart, and of one spell of being ready, from those of the next. */
function lifeOf(
  life: PodLife,
  source: TraceSource,
  what: string,
  container: string | undefined,
  detail: unknown,
): string {
  if (source === 'event') return life.runtime.startCounts();
  if (source !== 'status' && source !== 'endpoints') return '';
  const { restarts } = life.object;
  const value = boolOf(detail);
  if (value === undefined) return restarts;
  const type = (detail as { type?: string }).type ?? '';
  if (type === 'Initialized' && !value) return `${restarts}|${type}|${life.object.hadIP}`;
  return life.spells(`${restarts}|${what}|${container ?? ''}|${type}`, value);
}

/** Whether an entry says yes or no: a condition, a flag, an endpoint. */
function boolOf(detail: unknown): boolean | undefined {
  if (typeof detail === 'boolean') return detail;
  if (typeof detail !== 'object' || detail === null) return undefined;
  const { status, ready } = detail as { status?: string; ready?: boolean };
  return status === undefined ? ready : status === 'True';
}

/** Counts how often something has become true. */
function countSpells(): PodLife['spells'] {
  const counts = new Map<string, number>();
  return (key, value) => {
    const count = counts.get(key) ?? 0;
    if (value) counts.set(key, count + 1);
    return `${key}/${count}`;
  };
}

function arrive(life: PodLife): void {
  const { clock, timing } = life.node;
  life.object.create();
  clock.after(timing.arrivalSeconds, () => life.worker.added());
}

function* tickForEver(node: NodeLife, pods: readonly PodLife[]): Process {
  yield node.timing.syncPhase;
  for (;;) {
    for (const life of pods) {
      if (pastDeadline(life)) life.worker.update();
      else life.worker.tick();
    }
    yield SYNC_SECONDS;
  }
}

function watchEnd(
  scenario: Scenario,
  first: PodLife,
  recorder: TraceRecorder,
  finish: (after: number) => void,
): void {
  if (scenario.end !== undefined) {
    atMoment(scenario.end, first, recorder, () => finish(0));
    return;
  }
  const willBeDeleted = (scenario.actions ?? []).some((it) => ENDS_OBJECT.has(it.do));
  let over = false;
  recorder.onEntry(({ source, what, pod }) => {
    const relevant = source === 'app' || ENDINGS.has(what);
    if (over || pod !== undefined || !relevant) return;
    first.node.clock.after(0, () => {
      const { exists, status } = first.object;
      const gone = !exists || (!willBeDeleted && isTerminal(status.phase));
      if (over || !gone || first.runtime.anyRunning) return;
      over = true;
      finish(AFTERMATH_SECONDS);
    });
  });
}
