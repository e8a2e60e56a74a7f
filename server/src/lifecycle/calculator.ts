/**
 * The smallest preStop sleep and grace period with which a served pod loses no request at a delete,
 * for the clients it has; what they cost, and which delay they rest on most. The answer is proved
 * by predicting the shutdown again with these numbers.
 */
import { formatSeconds, type TimeWindow } from '../explanation/index.ts';
import type { KubernetesObject, Pod } from '../manifest/index.ts';
import type { AppSettings } from './app-assumptions.ts';
import type { EventOrder } from './event-order.ts';
import { eventId, type LifecycleTimeline } from './lifecycle-event.ts';
import {
  podModel,
  type LifecycleInput,
  type PodContainer,
  type PodModel,
} from './lifecycle-input.ts';
import type { ClientClass, TrafficConsumer } from './pod-traffic.ts';
import { forgottenBy } from './shutdown-traffic.ts';
import { predictShutdown } from './shutdown.ts';

/** What is asked. */
export interface AdviceInput extends LifecycleInput {
  /** The client classes that count; all that the declared world shows where it is left out. */
  readonly classes?: readonly ClientClass[];
  /** The workload the pod belongs to, for what a rollout costs. */
  readonly workload?: KubernetesObject;
}

/** What one kind of client needs of the hook. */
export interface ClassNeed {
  readonly clientClass: ClientClass;
  readonly label: string;
  /** Whole seconds between deletion and SIGTERM so that this client has forgotten the pod. */
  readonly preStopSeconds: number;
  /** The delay it rests on most: `p.dnscache`. */
  readonly parameter: string;
}

/** What the shutdown takes with the advised numbers. */
export interface ShutdownCost {
  /** From the delete request to the object's end. */
  readonly podSeconds: TimeWindow;
  /** A drain ends all pods of a node together. */
  readonly perDrainSeconds: TimeWindow;
  /** What terminating adds to a rollout; 0 where new pods do not wait for old ones. */
  readonly perRolloutSeconds: TimeWindow;
  readonly message: string;
}

/** The smallest safe numbers. */
export interface ShutdownAdvice {
  /** The serving containers that need the hook. */
  readonly containers: readonly string[];
  readonly preStopSeconds: number;
  readonly gracePeriodSeconds: number;
  readonly currentPreStopSeconds: TimeWindow;
  readonly currentGracePeriodSeconds: number;
  readonly needs: readonly ClassNeed[];
  readonly dominatedBy: ClassNeed | undefined;
  /** The numbers hold in the prediction made with them. */
  readonly proved: boolean;
  /** What the grace period rests on that nobody has declared. */
  readonly assumptions: readonly string[];
  readonly cost: ShutdownCost;
  readonly message: string;
}

/** More than this is never advised: no data plane is so slow. */
const MAX_PRESTOP_SECONDS = 3600;
/** Room for what the arithmetic does not know. */
const SPARE_SECONDS = 5;

/** The advice; undefined for a pod that no Service sends traffic to. */
export function adviseShutdown(input: AdviceInput): ShutdownAdvice | undefined {
  const model = podModel(input);
  const serving = model.mains.filter((it) => it.serves);
  const consumers = model.traffic.consumers.filter(
    (it) => input.classes === undefined || input.classes.includes(it.clientClass),
  );
  const [first] = serving;
  if (!first || consumers.length === 0) return undefined;
  const needs = needsOf(input, serving, consumers);
  if (needs === undefined) return undefined;
  const dominatedBy = needs.reduce<ClassNeed | undefined>(
    (a, b) => (a && a.preStopSeconds >= b.preStopSeconds ? a : b),
    undefined,
  );
  const preStopSeconds = dominatedBy?.preStopSeconds ?? 0;
  const { drainSeconds, sidecarSeconds, assumptions } = drains(model, serving);
  const gracePeriodSeconds = preStopSeconds + drainSeconds + sidecarSeconds + SPARE_SECONDS;
  const proof = predict(input, serving, preStopSeconds, gracePeriodSeconds, drainSeconds);
  return {
    containers: serving.map((it) => it.name),
    preStopSeconds,
    gracePeriodSeconds,
    currentPreStopSeconds: first.preStop.seconds,
    currentGracePeriodSeconds: model.gracePeriodSeconds,
    needs,
    dominatedBy,
    proved: isProved(proof, serving, consumers),
    assumptions,
    cost: costOf(proof, input.workload),
    message: messageOf(preStopSeconds, gracePeriodSeconds, dominatedBy),
  };
}

/** What each consumer needs: how late it can be against an app that stops at once. */
function needsOf(
  input: AdviceInput,
  serving: readonly PodContainer[],
  consumers: readonly TrafficConsumer[],
): readonly ClassNeed[] | undefined {
  const bare = predict(input, serving, 0, MAX_PRESTOP_SECONDS, undefined);
  const needs: ClassNeed[] = [];
  for (const consumer of consumers) {
    let preStopSeconds = 0;
    let parameter = '';
    for (const { name } of serving) {
      const order = bare.order(forgottenBy(consumer), eventId('stops-accepting', name));
      const late = lateBy(order);
      // A Service that publishes not-ready addresses never lets go before the containers stop.
      if (late === undefined || late.seconds > MAX_PRESTOP_SECONDS) return undefined;
      if (late.seconds <= preStopSeconds && parameter !== '') continue;
      preStopSeconds = Math.max(0, Math.ceil(late.seconds - 1e-9));
      parameter = late.parameter;
    }
    const { clientClass, label } = consumer;
    needs.push({ clientClass, label, preStopSeconds, parameter });
  }
  return needs;
}

/** By how much the first event can be later than the second. */
function lateBy(order: EventOrder): { seconds: number; parameter: string } | undefined {
  if (order.relation === 'before') return { seconds: 0, parameter: '' };
  if (order.relation !== 'unordered') return undefined;
  const { gapSeconds, decisive } = order.bFirst;
  let longest = { seconds: 0, parameter: '' };
  for (const { edge, seconds } of decisive) {
    const { parameter } = edge;
    if (parameter !== undefined && seconds > longest.seconds) longest = { seconds, parameter };
  }
  return { seconds: gapSeconds, parameter: longest.parameter };
}

/** How long the app and its sidecars need after the hook; guesses are named. */
function drains(model: PodModel, serving: readonly PodContainer[]) {
  const assumptions: string[] = [];
  let drainSeconds = 0;
  for (const { app } of serving) {
    const { drainSeconds: drain, maxRequestSeconds: request } = app;
    const known = Number.isFinite(drain.value.latest);
    const needed = Math.max(known ? drain.value.latest : 0, request.value.latest);
    if (drain.value.earliest === Infinity) {
      assumptions.push(`${drain.because}: no grace period is long enough`);
    } else if (!known) {
      assumptions.push(`${drain.name}: not known, taken as ${formatSeconds(needed)}`);
    }
    if (!request.declared) assumptions.push(`${request.name}: ${request.because}`);
    if (Number.isFinite(needed)) drainSeconds = Math.max(drainSeconds, Math.ceil(needed));
  }
  let sidecarSeconds = 0;
  for (const { app, name } of model.sidecars) {
    const { latest } = app.drainSeconds.value;
    const known = Number.isFinite(latest);
    sidecarSeconds += known ? Math.ceil(latest) : 2;
    if (!known) assumptions.push(`${name} is given the 2s that every container gets`);
  }
  return { drainSeconds, sidecarSeconds, assumptions: [...new Set(assumptions)] };
}

/** The shutdown of the same pod with these numbers, and the drain that they are made for. */
function predict(
  input: AdviceInput,
  serving: readonly PodContainer[],
  preStopSeconds: number,
  gracePeriodSeconds: number,
  drainSeconds: number | undefined,
): LifecycleTimeline {
  const { pod } = input;
  const names = new Set(serving.map((it) => it.name));
  const containers = (pod.spec.containers ?? []).map((it) => {
    if (!names.has(it.name)) return it;
    const lifecycle = preStopSeconds > 0 ? { preStop: { sleep: { seconds: preStopSeconds } } } : {};
    return { ...it, lifecycle: { ...it.lifecycle, preStop: undefined, ...lifecycle } };
  });
  const changed: Pod = {
    ...pod,
    spec: { ...pod.spec, containers, terminationGracePeriodSeconds: gracePeriodSeconds },
  };
  // An app that ignores the signal never ends by itself: that is known, not assumed away.
  const unknown = serving.every((it) => Number.isFinite(it.app.drainSeconds.value.earliest));
  const drain: AppSettings =
    drainSeconds !== undefined && unknown ? { 'drain-seconds': `0-${drainSeconds}` } : {};
  return predictShutdown({ ...input, pod: changed, apps: { ...drain, ...input.apps } }, 'delete');
}

function isProved(
  timeline: LifecycleTimeline,
  serving: readonly PodContainer[],
  consumers: readonly TrafficConsumer[],
): boolean {
  const before = (a: string, b: string) => timeline.order(a, b).relation === 'before';
  return serving.every(
    ({ name }) =>
      consumers.every((it) => before(forgottenBy(it), eventId('stops-accepting', name))) &&
      before(eventId('exits', name), eventId('sigkill', name)) &&
      before(eventId('last-request-ended', name), eventId('sigkill', name)),
  );
}

/** What ending the pod costs, alone, in a drain and in a rollout. */
function costOf(timeline: LifecycleTimeline, workload: KubernetesObject | undefined): ShutdownCost {
  const podSeconds = timeline.event('gone')?.window ?? { earliest: 0, latest: Infinity };
  const spec = (workload as { spec?: { replicas?: number; strategy?: { type?: string } } })?.spec;
  const replicas = Math.max(0, Math.min(spec?.replicas ?? 1, 100_000));
  const none = { earliest: 0, latest: 0 };
  if (workload?.kind === 'StatefulSet') {
    const perRolloutSeconds = {
      earliest: podSeconds.earliest * replicas,
      latest: podSeconds.latest * replicas,
    };
    const message = `a StatefulSet ends its pods one after the other, ${replicas} of them`;
    return { podSeconds, perDrainSeconds: podSeconds, perRolloutSeconds, message };
  }
  if (workload?.kind === 'Deployment' && spec?.strategy?.type === 'Recreate') {
    const message = 'Recreate waits for the end of all old pods, which go together';
    return { podSeconds, perDrainSeconds: podSeconds, perRolloutSeconds: podSeconds, message };
  }
  const message =
    'new pods do not wait for terminating ones: a rollout takes no longer, ' +
    'but old and new pods exist together for the time';
  return { podSeconds, perDrainSeconds: podSeconds, perRolloutSeconds: none, message };
}

function messageOf(preStop: number, grace: number, dominated: ClassNeed | undefined): string {
  const because = dominated?.parameter
    ? `: ${dominated.label} decides (${dominated.parameter})`
    : '';
  return (
    `preStop sleep ${formatSeconds(preStop)} and terminationGracePeriodSeconds ${grace} ` +
    `are the least that lose no request${because}; connections that clients keep open ` +
    'are lost unless the app closes them while it drains'
  );
}
