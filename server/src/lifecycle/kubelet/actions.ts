/**
 * Decides when something is done to the pod, and does it: at a time, or some seconds after a
 * trigger (`ready`, `gone`, or the n-th entry of the trace that matches).
 */
import { mapContainers, type Container, type Pod } from '../../manifest/index.ts';
import { ready } from './conditions.ts';
import type { PodLife } from './pod-life.ts';
import { type Condition, conditionOf } from './pod-status.ts';
import type { Action, Moment } from './scenario.ts';
import { detailText, type TraceEntry, type TraceRecorder } from './trace.ts';

interface Trigger {
  readonly source: string;
  readonly what: string;
  readonly container: string;
  readonly text: string;
  readonly count: number;
}

/** The condition Ready=True, as its detail is written. */
const READY = '"status":"True","type":"Ready"';

/** Reads `source:what:container:substring#n`. */
export function parseTrigger(when: string): Trigger {
  if (when === 'ready') {
    return { source: 'status', what: 'condition', container: '', text: READY, count: 1 };
  }
  if (when === 'gone') {
    return { source: 'status', what: 'deleted', container: '', text: '', count: 1 };
  }
  const numbered = /#(\d+)$/.exec(when);
  const body = numbered === null ? when : when.slice(0, numbered.index);
  const [source = '', what = '', container = '', ...rest] = body.split(':');
  const count = numbered === null ? 1 : Number(numbered[1]);
  return { source, what, container, text: rest.join(':'), count };
}

function matches(trigger: Trigger, entry: TraceEntry): boolean {
  if (entry.pod !== undefined || entry.source !== trigger.source) return false;
  if (trigger.what !== '' && entry.what !== trigger.what) return false;
  if (trigger.container !== '' && entry.container !== trigger.container) return false;
  if (trigger.text === '') return true;
  if (trigger.text === READY) {
    const { type, status } = (entry.detail ?? {}) as Partial<Condition>;
    return type === 'Ready' && status === 'True';
  }
  return detailText(entry.detail).includes(trigger.text);
}

/** Calls `act` at a moment. */
export function atMoment(
  moment: Moment,
  life: PodLife,
  recorder: TraceRecorder,
  act: () => void,
): void {
  const { clock } = life.node;
  if (moment.when === undefined) {
    clock.after(moment.at ?? moment.for ?? 0, act);
    return;
  }
  const trigger = parseTrigger(moment.when);
  let left = trigger.count;
  recorder.onEntry((entry) => {
    if (left === 0 || !matches(trigger, entry) || --left > 0) return;
    clock.after(moment.plus ?? 0, act);
  });
}

/** Does one action. */
export function perform(action: Action, life: PodLife): void {
  const { object, worker, trace } = life;
  switch (action.do) {
    case 'delete':
    case 'force-delete': {
      const grace = action.do === 'force-delete' ? 0 : action.gracePeriodSeconds;
      trace('api', 'delete', undefined, grace === undefined ? {} : { gracePeriodSeconds: grace });
      return soon(life, () => object.delete(grace));
    }
    case 'evict':
      trace('api', 'evict');
      return soon(life, () => {
        if (!object.exists) return;
        object.patchConditions([DISRUPTION_TARGET]);
        soon(life, () => object.delete(action.gracePeriodSeconds));
      });
    case 'patch':
      trace('api', 'patch', undefined, action.patch);
      return soon(life, () => patch(life, action.patch));
    case 'status':
    case 'patch-status':
      trace('api', 'patch-status', undefined, action.patch);
      return soon(life, () => patchStatus(life, action.patch));
    case 'resize':
      trace('api', 'resize', undefined, action.patch);
      return soon(life, () => patch(life, action.patch));
    case 'kubelet-evict': {
      const reason = action.reason ?? 'Evicted';
      trace('kubelet', 'ends-pod', undefined, { reason });
      return worker.kill({ reason, message: '' }, action.gracePeriodSeconds);
    }
  }
}

const DISRUPTION_TARGET: Condition = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  message: 'Eviction API: evicting',
};

function soon(life: PodLife, act: () => void): void {
  const { clock, timing } = life.node;
  clock.after(timing.stepSeconds, act);
}

type ContainerPatch = Pick<Container, 'name' | 'image' | 'resources'>;

interface PodPatch {
  readonly metadata?: {
    readonly finalizers?: unknown;
    readonly labels?: unknown;
    readonly annotations?: unknown;
  };
  readonly spec?: {
    readonly containers?: readonly ContainerPatch[];
    readonly initContainers?: readonly ContainerPatch[];
    readonly activeDeadlineSeconds?: number;
  };
}

/**
 * The parts of a pod that may be patched: images, resources, the deadline, finalizers. The kubelet looks again
 * for a changed spec, label or annotation, but not for a finalizer.
 */
function patch(life: PodLife, value: unknown): void {
  const { object } = life;
  if (!object.exists || typeof value !== 'object' || value === null) return;
  const { metadata, spec } = value as PodPatch;
  if (metadata !== undefined && 'finalizers' in metadata) object.removeFinalizers();
  if (spec !== undefined) object.spec = patched(object.spec, spec);
  if (spec !== undefined || metadata?.labels !== undefined || metadata?.annotations !== undefined) {
    soon(life, () => life.worker.update());
  }
}

function patched(pod: Pod, spec: NonNullable<PodPatch['spec']>): Pod {
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const edit = (it: Container): Container => {
    const { image = it.image, resources = it.resources } =
      all.find((other) => other.name === it.name) ?? {};
    return { ...it, image, resources };
  };
  const activeDeadlineSeconds = spec.activeDeadlineSeconds ?? pod.spec.activeDeadlineSeconds;
  const edited = mapContainers(pod, edit);
  return { ...edited, spec: { ...edited.spec, activeDeadlineSeconds } };
}

/** A patch of conditions; the kubelet looks again where a readiness gate makes Ready untrue. */
function patchStatus(life: PodLife, value: unknown): void {
  const conditions = (value as { status?: { conditions?: readonly Condition[] } } | undefined)
    ?.status?.conditions;
  if (!life.object.exists || conditions === undefined) return;
  life.object.patchConditions(conditions);
  const pod = life.pod();
  if ((pod.spec.readinessGates ?? []).length === 0) return;
  const { status } = life.object;
  const told = conditionOf(status, 'Ready');
  const due = ready(pod, status);
  if (told !== undefined && (told.status !== due.status || told.message !== due.message)) {
    soon(life, () => life.worker.update());
  }
}
