import type { PodDisruptionBudget } from '../../../server/src/manifest/index.ts';
import {
  simulateRollout,
  type PodBehaviour,
  type RolloutChange,
  type RolloutPod,
  type RolloutWorkload,
} from '../../../server/src/workloads/index.ts';
import type { ConformanceKind } from '../kind.ts';
import { same } from '../same.ts';

interface RolloutCase {
  readonly workload: RolloutWorkload;
  readonly behaviour: PodBehaviour;
  readonly change: 'image' | 'scale' | 'evict';
  readonly scaleTo?: number;
  readonly budget?: PodDisruptionBudget;
}

interface Recorded {
  readonly before: object;
  readonly after: object;
  readonly minReady: number;
  readonly maxPods: number;
  readonly newReady: number;
  readonly conditions: readonly string[];
  readonly evictions?: readonly object[];
  readonly log?: readonly { readonly t: number }[];
}

interface Answer extends Omit<Recorded, 'log'> {
  readonly duration: readonly [number, number];
}

const NODES = ['n1', 'n2', 'n3', 'n4'];
/** The recording watched each rollout for well under the default progress deadline of ten minutes. */
const OBSERVE_SECONDS = 60;
/** Slack of a recorded time, and the widest bounds that still say something, as for lifecycles. */
const SLACK = 0.15;
const widest = (seconds: number) => Math.max(3, seconds / 2);

export const rollouts: ConformanceKind<RolloutCase, Recorded> = {
  answer({ workload, behaviour, change, scaleTo, budget }) {
    const rollout = simulateRollout(workload, behaviour, changeOf(change, scaleTo, budget), {
      nodes: NODES,
      place: (pod, besides) => place(workload, pod, besides),
      observeSeconds: OBSERVE_SECONDS,
    });
    const { before, after, minReady, maxPods, newReady, conditions, duration } = rollout;
    const evictions = rollout.evictions.map(({ code, message, cause }) => ({
      code,
      message,
      cause,
    }));
    return {
      before,
      after,
      minReady,
      maxPods,
      newReady,
      conditions,
      duration: [duration.earliest, duration.latest],
      ...(change === 'evict' ? { evictions } : {}),
    } satisfies Answer;
  },
  compare(expect, given) {
    const answer = given as Answer;
    const last = expect.log?.at(-1)?.t;
    return {
      minReady: expect.minReady === answer.minReady,
      maxPods: expect.maxPods === answer.maxPods,
      before: same(expect.before, answer.before),
      after: same(expect.after, answer.after),
      newReady: expect.newReady === answer.newReady,
      conditions: same(expect.conditions, answer.conditions),
      ...(expect.evictions ? { evictions: same(expect.evictions, answer.evictions) } : {}),
      ...(last === undefined ? {} : { duration: holds(answer.duration, last) }),
    };
  },
};

function holds([earliest, latest]: readonly [number, number], t: number): boolean {
  return t >= earliest - SLACK && t <= latest + SLACK && latest - earliest <= widest(t);
}

function changeOf(
  change: RolloutCase['change'],
  scaleTo: number | undefined,
  budget: PodDisruptionBudget | undefined,
): RolloutChange {
  if (change === 'scale') return { kind: 'scale', replicas: scaleTo ?? 0 };
  if (change === 'evict') return { kind: 'evict', budgets: budget ? [budget] : [] };
  return { kind: 'template' };
}

/** The recorded scheduler in small: room everywhere, but for host ports and required anti-affinity. */
function place(
  workload: RolloutWorkload,
  pod: RolloutPod,
  besides: readonly RolloutPod[],
): string | undefined {
  const spec = workload.spec.template?.spec;
  const exclusive =
    spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined ||
    spec?.containers.some((it) => it.ports?.some((port) => port.hostPort)) === true;
  const free = (node: string) => !besides.some((it) => it.bound && it.node === node);
  const nodes = pod.node === undefined ? NODES : [pod.node];
  return exclusive ? nodes.find(free) : nodes[pod.id % nodes.length];
}
