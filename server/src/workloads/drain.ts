/**
 * Draining a node: what kubectl leaves alone or refuses, which evictions the budgets allow in which
 * order, and what blocks. Follows the pod filters of kubectl drain and the eviction API
 * (disruption.ts).
 */
import type { Explanation, Upstream } from '../explanation/index.ts';
import {
  each,
  field,
  selectorMatches,
  type KubernetesObject,
  type Pod,
  type PodDisruptionBudget,
} from '../manifest/index.ts';
import { budgetStatus, evict, type BudgetStatus, type EvictionVerdict } from './disruption.ts';

export const drainUpstream: Upstream = {
  path: 'staging/src/k8s.io/kubectl/pkg/drain/filters.go',
  omits: [
    'the time between rounds: kubectl asks again every 5 seconds, without end by default',
    'pods that nobody declared',
  ],
};

/** A pod of the world and the declared workload it belongs to. */
export interface DrainedPod {
  readonly pod: Pod;
  readonly owner?: KubernetesObject;
  /** The owner's replicas where an autoscaler sets them. */
  readonly replicas?: number;
}

/** The flags of `kubectl drain`, and where replacements can go. */
export interface DrainOptions {
  readonly ignoreDaemonSets?: boolean;
  readonly force?: boolean;
  readonly deleteEmptyDirData?: boolean;
  /**
   * Whether a replacement finds a node besides the pods that are there, the drained one left out;
   * better, which: then it takes its place among those that are there for the next. An explanation
   * says that there is none, and why.
   */
  readonly canPlace?: (pod: Pod, besides: readonly Pod[]) => boolean | string | Explanation;
}

/** One eviction request and its answer. */
export interface DrainEviction {
  readonly pod: Pod;
  readonly verdict: EvictionVerdict;
  /** A replacement runs elsewhere before the next round. */
  readonly replaced: boolean;
}

/** A pod that nothing can run in place of, and why where it is known. */
export interface HomelessPod {
  readonly pod: Pod;
  readonly because?: Explanation;
}

/** What a drain does, round by round: in each, every pod left is asked for once. */
export interface DrainPlan {
  readonly node: string;
  /** Left running: DaemonSet and static pods. */
  readonly skipped: readonly { readonly pod: Pod; readonly because: Explanation }[];
  /** kubectl does not begin while these are there and their flag is not given. */
  readonly refused: readonly { readonly pod: Pod; readonly because: Explanation }[];
  readonly rounds: readonly (readonly DrainEviction[])[];
  /** Never allowed, however often kubectl asks. */
  readonly blocked: readonly DrainEviction[];
  /** Evicted, and nothing can run in their place. */
  readonly homeless: readonly HomelessPod[];
  readonly outcome: 'complete' | 'blocked' | 'refused';
}

/** Plans the drain of a node in a world of these pods and budgets. */
export function planDrain(
  node: string,
  pods: readonly DrainedPod[],
  budgets: readonly PodDisruptionBudget[],
  options: DrainOptions = {},
): DrainPlan {
  const skipped: DrainPlan['skipped'][number][] = [];
  const refused: DrainPlan['refused'][number][] = [];
  const toEvict: DrainedPod[] = [];
  for (const it of pods.filter(({ pod }) => pod.spec?.nodeName === node)) {
    const filtered = filterPod(it, options);
    if (filtered?.verdict === 'skip') skipped.push({ pod: it.pod, because: filtered.because });
    else if (filtered) refused.push({ pod: it.pod, because: filtered.because });
    else toEvict.push(it);
  }
  if (refused.length > 0) {
    return { node, skipped, refused, rounds: [], blocked: [], homeless: [], outcome: 'refused' };
  }
  const world = new DrainedWorld(pods, budgets, options);
  const rounds: DrainEviction[][] = [];
  const blocked: DrainEviction[] = [];
  let left = toEvict.toSorted((a, b) => (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1));
  // Every round but the last evicts one pod at least.
  while (left.length > 0) {
    const round = world.evictEach(left);
    const refusedNow = round.filter((it) => it.verdict.code !== 201);
    if (refusedNow.length === left.length) {
      blocked.push(...round);
      break;
    }
    rounds.push(round);
    // Only "too many requests" is asked again; any other error ends kubectl's work for the pod.
    blocked.push(...refusedNow.filter((it) => it.verdict.code !== 429));
    left = left.filter(({ pod }) =>
      refusedNow.some((it) => it.pod === pod && it.verdict.code === 429),
    );
  }
  const { homeless } = world;
  const outcome = blocked.length > 0 ? 'blocked' : 'complete';
  return { node, skipped, refused, rounds, blocked, homeless, outcome };
}

type Filtered = { readonly verdict: 'skip' | 'refuse'; readonly because: Explanation };

function filterPod({ pod, owner }: DrainedPod, options: DrainOptions): Filtered | undefined {
  const { name, annotations, ownerReferences } = pod.metadata;
  const at = field(pod);
  if (annotations?.['kubernetes.io/config.mirror'] !== undefined) {
    const message = `${name} is a static pod: only its node can stop it`;
    return { verdict: 'skip', because: { message, cites: [at.metadata.annotations] } };
  }
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return undefined;
  const controller = ownerReferences?.find((it) => it.controller);
  if (controller?.kind === 'DaemonSet') {
    const ignored = options.ignoreDaemonSets ?? true;
    const message = ignored
      ? `${name} stays: its DaemonSet would put it back at once`
      : `${name} belongs to a DaemonSet: kubectl wants --ignore-daemonsets`;
    const cites = [owner ? field(owner).kind : at.metadata.ownerReferences];
    return { verdict: ignored ? 'skip' : 'refuse', because: { message, cites } };
  }
  for (const [volume, volumeAt] of each(at.spec.volumes)) {
    if (!volume.emptyDir || options.deleteEmptyDirData) continue;
    const flag = '--delete-emptydir-data';
    const message = `${name} has data in the emptyDir ${volume.name}: kubectl wants ${flag}`;
    return { verdict: 'refuse', because: { message, cites: [volumeAt.emptyDir] } };
  }
  if (!controller && !options.force) {
    const message = `${name} has no controller and would not come back: kubectl wants --force`;
    return { verdict: 'refuse', because: { message, cites: [at.metadata.name] } };
  }
  return undefined;
}

/**
 * The pods as the drain goes on: those still there, those that replace evicted ones, and those that
 * cannot.
 */
class DrainedWorld {
  readonly homeless: HomelessPod[] = [];
  readonly #budgets: readonly PodDisruptionBudget[];
  readonly #canPlace: NonNullable<DrainOptions['canPlace']>;
  #pods: DrainedPod[];

  constructor(
    pods: readonly DrainedPod[],
    budgets: readonly PodDisruptionBudget[],
    options: DrainOptions,
  ) {
    this.#pods = [...pods];
    this.#budgets = budgets;
    this.#canPlace = options.canPlace ?? (() => true);
  }

  /** Asks for each pod once; replacements of those evicted are Ready afterwards. */
  evictEach(left: readonly DrainedPod[]): DrainEviction[] {
    const evicted: DrainedPod[] = [];
    const round: { pod: Pod; verdict: EvictionVerdict; replaced: boolean }[] = [];
    for (const it of left) {
      const verdict = evict(
        {
          phase: it.pod.status?.phase,
          terminating: it.pod.metadata.deletionTimestamp !== undefined,
          ready: isHealthy(it.pod),
        },
        this.#budgetsOf(it.pod),
      );
      round.push({ pod: it.pod, verdict, replaced: false });
      if (verdict.code !== 201) continue;
      this.#pods = this.#pods.filter((other) => other !== it);
      evicted.push(it);
    }
    for (const it of evicted) {
      const answer = round.find((other) => other.pod === it.pod);
      if (answer) answer.replaced = this.#replace(it);
    }
    return round;
  }

  #replace(evicted: DrainedPod): boolean {
    if (!evicted.pod.metadata.ownerReferences?.some((it) => it.controller)) return false;
    // Its status is not known yet, which counts as Ready.
    const unbound = { ...evicted.pod.spec, nodeName: undefined };
    const pod: Pod = { ...evicted.pod, spec: unbound, status: undefined };
    const besides = this.#pods.map((it) => it.pod);
    const found = this.#canPlace(pod, besides);
    if (found === false || typeof found === 'object') {
      this.homeless.push({ pod: evicted.pod, ...(found ? { because: found } : {}) });
      return false;
    }
    const spec = found === true ? unbound : { ...unbound, nodeName: found };
    this.#pods.push({ ...evicted, pod: { ...pod, spec } });
    return true;
  }

  #budgetsOf(pod: Pod): { budget: PodDisruptionBudget; status: BudgetStatus }[] {
    return this.#budgets
      .filter((it) => budgetSelects(it, pod))
      .map((budget) => ({ budget, status: budgetInWorld(budget, this.#pods) }));
  }
}

/**
 * Whether the eviction API and the controller take a pod to be a budget's. An empty selector takes
 * every pod of the namespace, and only the scheduler's preemption passes over it.
 */
export function budgetSelects({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  const sameNamespace = (metadata.namespace || 'default') === (pod.metadata.namespace || 'default');
  return sameNamespace && selectorMatches(spec?.selector, pod.metadata.labels);
}

/** What a budget comes to among these pods, and how many of them it selects. */
export function budgetInWorld(
  budget: PodDisruptionBudget,
  pods: readonly DrainedPod[],
): BudgetStatus & { readonly selected: number } {
  const selected = pods.filter(({ pod }) => budgetSelects(budget, pod));
  const status = budgetStatus(budget, {
    pods: selected.length,
    healthy: selected.filter(({ pod }) => isHealthy(pod)).length,
    scale: scaleOf(selected),
  });
  return { ...status, selected: selected.length };
}

/** A pod without status is one that is yet to run, and is taken to be Ready then. */
function isHealthy(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (pod.status?.conditions === undefined) return true;
  return pod.status.conditions.some((it) => it.type === 'Ready' && it.status === 'True');
}

/** Replicas of all the workloads that the pods belong to; pods without one count for nothing. */
export function scaleOf(pods: readonly DrainedPod[]): number | { error: string } {
  const owners = new Map<KubernetesObject, number | undefined>();
  for (const { owner, replicas } of pods) if (owner) owners.set(owner, replicas);
  let scale = 0;
  for (const [owner, replicas] of owners) {
    const plural = UNSCALABLE[owner.kind ?? ''];
    if (plural) return { error: `${plural} does not implement the scale subresource` };
    scale += replicas ?? (owner as { spec?: { replicas?: number } }).spec?.replicas ?? 1;
  }
  return scale;
}

const UNSCALABLE: Readonly<Record<string, string>> = {
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
  CronJob: 'jobs.batch',
};
