/** What simulations other than the kubelet's told, as entries that steps of a witness can name. */
import type { ServiceSlice } from '../../server/src/endpoints/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import type { ReplayEntry } from '../../server/src/races/index.ts';
import type { SchedulingResult } from '../../server/src/scheduling/index.ts';
import type { AttachedPod, DrainPlan, Rollout } from '../../server/src/workloads/index.ts';

/** `rollout:created:web-new-0`, `rollout:FailedScheduling:…:Insufficient cpu`, in order of time. */
export function rolloutEntries({ steps, notices }: Rollout): ReplayEntry[] {
  const source = 'rollout';
  const told: ReplayEntry[] = [
    ...steps.map(({ at, what, pod, isNew, total, pods, ready }) => ({
      t: at.earliest,
      latest: at.latest,
      source,
      what,
      container: pod,
      detail: { of: isNew ? 'new' : 'old', total, pods, ready },
    })),
    ...notices.map(({ at, what, of, message }) => ({
      t: at.earliest,
      latest: at.latest,
      source,
      what,
      container: of,
      detail: message,
    })),
  ];
  return told.toSorted((a, b) => a.t - b.t);
}

/** The scheduler keeps an order, and no clock. */
const AT_SOME_TIME = { t: 0, latest: Infinity };

/** `scheduler:bound:web-0:node-1` or `scheduler:unschedulable:web-0:Insufficient cpu`. */
export function placementEntries(
  placed: readonly { readonly pod: Pod; readonly result: SchedulingResult }[],
): ReplayEntry[] {
  return placed.map(({ pod, result: { nodeName, message, gated } }) => ({
    ...AT_SOME_TIME,
    source: 'scheduler',
    what: nodeName === undefined ? 'unschedulable' : 'bound',
    container: pod.metadata.name,
    detail: nodeName ?? message ?? gated?.message,
  }));
}

/** `attach:attached:web-0` or `attach:FailedAttachVolume:web-1:already used by`. */
export function attachmentEntries(pods: readonly AttachedPod[]): ReplayEntry[] {
  return pods.map(({ pod, error }) => ({
    ...AT_SOME_TIME,
    source: 'attach',
    what: error === undefined ? 'attached' : 'FailedAttachVolume',
    container: pod.metadata.name,
    detail: error,
  }));
}

/** kubectl asks again after these (`staging/src/k8s.io/kubectl/pkg/drain/drain.go`). */
const ROUND_SECONDS = 5;

/** `drain:evicted:web-0` or `drain:refused:web-0:429 …`; who never stops asking is heard twice. */
export function drainEntries({ rounds, blocked }: DrainPlan): ReplayEntry[] {
  const told = new Set(rounds.flat());
  const last = blocked.filter((it) => !told.has(it));
  const again = last.filter((it) => it.verdict.code === 429);
  const all = [...rounds, last, again];
  return all.flatMap((round, i) =>
    round.map(({ pod, verdict: { code, message = '', cause = '' } }) => ({
      t: i * ROUND_SECONDS,
      source: 'drain',
      what: code === 201 ? 'evicted' : 'refused',
      container: pod.metadata.name,
      detail: `${code} ${message} ${cause}`,
    })),
  );
}

/** `endpoints:slice::part of it`. */
export function sliceEntries(slices: readonly ServiceSlice[]): ReplayEntry[] {
  return slices.map((slice) => ({
    ...AT_SOME_TIME,
    source: 'endpoints',
    what: 'slice',
    detail: slice,
  }));
}

/** `admission:refused::part of the message`. */
export function refusalEntries(messages: readonly string[]): ReplayEntry[] {
  return messages.map((detail) => ({
    ...AT_SOME_TIME,
    source: 'admission',
    what: 'refused',
    detail,
  }));
}
